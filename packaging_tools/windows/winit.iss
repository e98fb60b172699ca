; The installer of Windows, for Inno Setup 6.3 or newer, after `python -m packaging_tools build`:
;   iscc /DVersion=0.1.0 packaging_tools\windows\winit.iss
; Written without a Windows at hand: reviewed, never run. See docs/building.md.

#ifndef Version
  #error Say which version: iscc /DVersion=...
#endif

[Setup]
AppId={{6E3B6F0C-6C0B-4C1F-9C0E-2A5D6A8F7B11}
AppName=winit
AppVersion={#Version}
AppVerName=winit {#Version}
AppPublisher=the winit authors
DefaultDirName={autopf}\winit
DefaultGroupName=winit
DisableProgramGroupPage=yes
; For this user alone without an administrator, or for all with one: the lecturer chooses.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
; What Qt 6.11 asks for.
MinVersion=10.0.17763
ChangesAssociations=yes
ChangesEnvironment=no
LicenseFile=..\..\LICENSE
SetupIconFile=..\..\resources\icons\application\winit.ico
UninstallDisplayIcon={app}\winit.exe
OutputDir=..\..\dist
OutputBaseFilename=winit-{#Version}-windows-x86_64-setup
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern

[Tasks]
Name: desktopicon; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[InstallDelete]
; An update must not leave modules of the version before beside the new ones.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\dist\winit\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\winit"; Filename: "{app}\winit.exe"
Name: "{autodesktop}\winit"; Filename: "{app}\winit.exe"; Tasks: desktopicon

[Registry]
; Windows knows the last ending only. `.toml` belongs to others too, so winit offers itself under
; "Open with" and takes nothing over.
Root: HKA; Subkey: "Software\Classes\winit.experiment"; ValueType: string; ValueData: "winit experiment"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\winit.experiment\DefaultIcon"; ValueType: string; ValueData: "{app}\winit.exe,0"
Root: HKA; Subkey: "Software\Classes\winit.experiment\shell\open\command"; ValueType: string; ValueData: """{app}\winit.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\.toml\OpenWithProgids"; ValueType: string; ValueName: "winit.experiment"; ValueData: ""; Flags: uninsdeletevalue

[Run]
Filename: "{app}\winit.exe"; Description: "{cm:LaunchProgram,winit}"; Flags: nowait postinstall skipifsilent
