"""Microsoft's own libraries for Azure, pollers and all, on the Resource Manager at a URL.

    python sdk URL drive      makes, reads, lists, changes and deletes something of every service
    python sdk URL applied    reads what Tidegate applied of sdk.yaml
    python sdk URL meddle     changes and deletes some of that
    python sdk URL fail       meets the faults of sdk-faults.yaml

Services are driven side by side.
"""

import concurrent.futures
import sys
import traceback

import applied
import clusters
import failures
import groups
import hubs
import identities
import meddling
import messaging
import roles
import stores
import tiers
import upgrades
from clients import Clients, Counted
from rows import Rows

DRIVEN = {
    "resource": groups.drive,
    "containerservice": clusters.drive,
    "containerservice, upgrades": upgrades.drive,
    "servicebus": messaging.drive,
    "servicebus, tiers": tiers.drive,
    "msi": identities.drive,
    "authorization": roles.drive,
    "eventhub": hubs.drive,
    "storage": stores.drive,
}

COMMANDS = {
    "drive": DRIVEN,
    "applied": {"applied": applied.read},
    "meddle": {"meddling": meddling.change},
    "fail": {
        "containerservice": failures.drive_cluster,
        "servicebus": failures.drive_messages,
        "eventhub": failures.drive_hubs,
    },
}


def main(url, command):
    counted = Counted()
    parts = COMMANDS[command]
    # Elsewhere, whatever goes wrong is a failure of the row.
    retries = 3 if command == "fail" else 0

    def run(name):
        rows = Rows(name)
        try:
            parts[name](Clients(url, counted, retries), rows)
        except Exception:
            # Without what this row was to give, those behind it cannot go on.
            rows.fail("it ended", traceback.format_exc())
        return rows

    with concurrent.futures.ThreadPoolExecutor(len(parts)) as threads:
        done = list(threads.map(run, parts))
    for service in sorted(counted.calls):
        print(counted.told(service))
    print(counted.told_in_all())
    print(", ".join(f"{count} by {way}" for way, count in sorted(counted.followed.items())))
    print(f"{sum(rows.count for rows in done)} rows")
    failures = [failure for rows in done for failure in rows.failures]
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
