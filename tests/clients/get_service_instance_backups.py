"""Gets a service instance's backups with cloudfoundry-client's generic get; told in JSON on stdout.

Run by the environment that holds the client: URL CLIENT_ID CLIENT_SECRET GUID [NAME=VALUE ...].
"""

from __future__ import annotations

import json
import sys

from cloudfoundry_client.client import CloudFoundryClient
from cloudfoundry_client.errors import InvalidStatusCode

url, client_id, client_secret, guid, *query = sys.argv[1:]
cloud = CloudFoundryClient(url, client_id=client_id, client_secret=client_secret)
cloud.init_with_client_credentials()
try:
    got = cloud.v3.service_instances.get(guid, "backups", **dict(pair.split("=") for pair in query))
    told = {"backups": got["backups"]}
except InvalidStatusCode as error:
    told = {"status": int(error.status_code), "body": error.body}
json.dump(told, sys.stdout)
