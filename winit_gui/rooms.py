"""What the window is put together from, under one name that is loaded late.

The plots take longer to load than everything else together. Whoever starts the program sees the
window's frame before that, so `window.py` imports this only once its frame is on screen.
"""

from __future__ import annotations

from winit_core.maps.cache import ResultCache
from winit_gui.brief_message import BriefMessage
from winit_gui.controls.side_panel import SidePanel
from winit_gui.file_actions import FileActions
from winit_gui.grab.depth_grab import DepthGrab
from winit_gui.grab.width_grab import WidthGrab
from winit_gui.help import Help
from winit_gui.lesson_actions import LessonActions
from winit_gui.menus import Menus
from winit_gui.notice import Notice
from winit_gui.panel_grid import PanelGrid
from winit_gui.panels.cards import Cards
from winit_gui.panels.explain_pane import ExplainPane
from winit_gui.panels.gradient_panel import GradientPanel
from winit_gui.panels.learning_panel import LearningPanel
from winit_gui.panels.signal_panel import SignalPanel
from winit_gui.panels.weights_panel import WeightsPanel
from winit_gui.picture_flow import PictureFlow
from winit_gui.picture_work import PictureWork
from winit_gui.pins.controller import Pins
from winit_gui.pins.pin_bar import PinBar
from winit_gui.training_control import TrainingControl
from winit_gui.training_session import TrainingSession
from winit_gui.view_commands import ViewCommands
from winit_gui.workspaces import Workspaces

__all__ = [
    "BriefMessage",
    "Cards",
    "DepthGrab",
    "ExplainPane",
    "FileActions",
    "GradientPanel",
    "Help",
    "LearningPanel",
    "LessonActions",
    "Menus",
    "Notice",
    "PanelGrid",
    "PictureFlow",
    "PictureWork",
    "PinBar",
    "Pins",
    "ResultCache",
    "SidePanel",
    "SignalPanel",
    "TrainingControl",
    "TrainingSession",
    "ViewCommands",
    "WeightsPanel",
    "WidthGrab",
    "Workspaces",
]
