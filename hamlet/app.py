"""The composition root: the one module that knows every room, and puts them together.

One process, one data directory, one event loop: the log's writer, the projector, the web and the
stage are services under one supervisor; the training is a service whose work is in a thread.
"""

import secrets
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import anyio
import anyio.from_thread
import anyio.to_thread
import numpy as np
import structlog

from hamlet.clock import Clock
from hamlet.errors import HamletError
from hamlet.events.log import EventLog
from hamlet.events.types import Event, Recorded, RunFinished
from hamlet.lock import data_lock
from hamlet.projections.projector import Projector
from hamlet.projections.views import Views
from hamlet.runs import Chosen, Wanted, choose, package_versions, run_history, run_milestones
from hamlet.settings import Paths
from hamlet.snapshots.exports import export_metrics
from hamlet.supervisor import DEGRADE, ESSENTIAL, Plan, Policy, Supervisor
from hamlet.training.live import Live, PolicyOfTheMoment
from hamlet.training.service import Run, RunPlan
from hamlet.training.stage import Scene, Stage
from hamlet.training.states import RunFiles
from hamlet.worlds.town.settings import TownSettings
from hamlet.worlds.town.town import Town

