"""Stands in for the vendors, from the model alone: checks keys and inputs, answers from examples, runs jobs."""

from specloom.connector.emulator.app import Emulator, RecordedRequest, create_app, emulator_of
from specloom.connector.emulator.server import EmulatorServer
from specloom.connector.emulator.settings import EmulatorSettings

__all__ = ["Emulator", "EmulatorServer", "EmulatorSettings", "RecordedRequest", "create_app", "emulator_of"]
