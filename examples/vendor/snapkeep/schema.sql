-- Times are seconds since 1970, as numbers: they are written out only at the door.

CREATE TABLE token (
    secret    TEXT PRIMARY KEY,
    tenant    TEXT NOT NULL,
    may_write INTEGER NOT NULL
);

CREATE TABLE customer (
    id     TEXT PRIMARY KEY,
    tenant TEXT NOT NULL
);

-- Names of the endpoints that instances of a definition get, separated by blanks.
CREATE TABLE definition (
    id        TEXT PRIMARY KEY,
    endpoints TEXT NOT NULL
);

CREATE TABLE instance (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    definition_id TEXT NOT NULL,
    customer_id   TEXT NOT NULL REFERENCES customer (id),
    frequency     TEXT NOT NULL DEFAULT 'daily',
    created       REAL NOT NULL,
    updated       REAL NOT NULL
);

CREATE TABLE endpoint (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    instance_id INTEGER NOT NULL REFERENCES instance (id),
    name        TEXT NOT NULL,
    UNIQUE (instance_id, name)
);

CREATE TABLE record (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    endpoint_id  INTEGER NOT NULL REFERENCES endpoint (id),
    name         TEXT NOT NULL,
    content_type TEXT NOT NULL,
    blob         BLOB NOT NULL,
    created      REAL NOT NULL
);

CREATE TABLE backup (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    instance_id   INTEGER NOT NULL REFERENCES instance (id),
    status        TEXT NOT NULL DEFAULT 'queued',
    outcome       TEXT NOT NULL DEFAULT 'completed',
    queue_seconds REAL NOT NULL,
    run_seconds   REAL NOT NULL,
    created       REAL NOT NULL,
    started       REAL,
    finished      REAL,
    size          INTEGER
);

CREATE TABLE export (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    backup_id         INTEGER NOT NULL REFERENCES backup (id),
    status            TEXT NOT NULL DEFAULT 'queued',
    queue_seconds     REAL NOT NULL,
    run_seconds       REAL NOT NULL,
    content_types     TEXT,
    export_datetime   TEXT,
    export_formats    TEXT,
    force_full        INTEGER NOT NULL,
    send_confirmation INTEGER NOT NULL,
    signature         TEXT,
    expires           REAL,
    created           REAL NOT NULL
);

CREATE TABLE service_instance (
    guid   TEXT PRIMARY KEY,
    tenant TEXT NOT NULL
);

CREATE TABLE service_backup (
    id            TEXT PRIMARY KEY,
    instance_guid TEXT NOT NULL REFERENCES service_instance (guid),
    created       INTEGER NOT NULL
);

CREATE TABLE database_instance (
    id      TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    tenant  TEXT NOT NULL
);

CREATE TABLE database_backup (
    id          TEXT PRIMARY KEY,
    instance_id TEXT NOT NULL REFERENCES database_instance (id),
    name        TEXT NOT NULL,
    description TEXT,
    parent_id   TEXT,
    status      TEXT NOT NULL,
    size        REAL,
    created     REAL NOT NULL,
    updated     REAL NOT NULL
);

CREATE INDEX backup_of_instance ON backup (instance_id, id);
CREATE INDEX record_of_endpoint ON record (endpoint_id, id);
CREATE INDEX export_of_backup ON export (backup_id, id);
