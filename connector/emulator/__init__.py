"""Stands in for the vendors, from the model alone: checks keys and inputs, answers from examples, runs jobs."""

from connector.emulator.app import Emulator, RecordedRequest, create_app, emulator_of
from connector.emulator.server import EmulatorServer
from connector.emulator.settings import Settings

__all__ = ["Emulator", "EmulatorServer", "RecordedRequest", "Settings", "create_app", "emulator_of"]
