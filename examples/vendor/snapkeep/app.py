"""The application: all routes, and what is set once."""

from __future__ import annotations

import time
from pathlib import Path

from flask import Flask

from snapkeep import backups, database, exports, instances, lists, records, refusals, seed

BACKUP_SECONDS, EXPORT_SECONDS = 10.0, 2.0
"""From the request to the end; a job waits for a fifth of the time, then runs."""


def create_app(path: Path, fault: str | None = None, export_seconds: float = EXPORT_SECONDS) -> Flask:
    """An application over a database file, made and filled if it is not there; `fault` is a name of faults.ALL."""
    if not path.exists():
        database.create_tables(path)
        connection = database.connect(path)
        seed.fill(connection)
        connection.close()
    app = Flask(__name__, static_folder=None)
    app.config.update(
        DATABASE=path,
        FAULT=fault,
        BEGAN=time.time(),
        CACHE={},
        BACKUP_SECONDS=BACKUP_SECONDS,
        EXPORT_SECONDS=export_seconds,
        MAX_CONTENT_LENGTH=1024 * 1024,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.url_map.merge_slashes = False
    app.teardown_appcontext(database.close)
    refusals.install(app)
    for module in (instances, backups, records, exports):
        app.register_blueprint(module.blueprint)
    for blueprint in (exports.downloads, lists.services, lists.databases):
        app.register_blueprint(blueprint)
    return app
