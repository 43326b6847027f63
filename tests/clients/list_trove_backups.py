"""Lists an instance's backups with python-troveclient and a fixed token; told in JSON on stdout.

Run by the environment that holds the client: URL TOKEN ACCOUNT INSTANCE [LIMIT].
"""

from __future__ import annotations

import json
import sys

from keystoneauth1 import session, token_endpoint
from troveclient.apiclient.exceptions import HttpError
from troveclient.v1 import client

url, token, account, instance, *limit = sys.argv[1:]
fixed = token_endpoint.Token(f"{url}/v1.0/{account}", token)
instances = client.Client(session=session.Session(auth=fixed)).instances
pages, marker = [], None
try:
    while True:
        page = instances.backups(instance, limit=int(limit[0]) if limit else None, marker=marker)
        pages.append([{"name": backup.name, "status": backup.status} for backup in page])
        marker = page.next
        if marker is None:
            break
    told = {"pages": pages}
except HttpError as error:
    told = {"error": type(error).__name__, "message": error.message}
json.dump(told, sys.stdout)
