"""What can go wrong at the quay."""


class FerryError(Exception):
    """Anything a passenger is told."""


class BoatFull(FerryError):
    """More seats were asked for than are left."""


class TooLate(FerryError):
    """The boat leaves too soon for that."""
