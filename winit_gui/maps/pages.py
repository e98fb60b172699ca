"""The workspaces beside Compare, in the order of their tabs."""

from __future__ import annotations

from collections.abc import Callable

from winit_core.maps.cache import ResultCache
from winit_gui.maps.depth_page import DepthPage
from winit_gui.maps.luck_page import LuckPage
from winit_gui.maps.map_page import MapPage
from winit_gui.maps.matrix_page import MatrixPage
from winit_gui.maps.plane_page import PlanePage
from winit_gui.store import Store

PAGES: tuple[Callable[[Store, ResultCache], MapPage], ...] = (
    MatrixPage,
    DepthPage,
    PlanePage,
    LuckPage,
)
