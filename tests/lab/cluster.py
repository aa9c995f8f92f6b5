"""``python -m tests.lab.cluster N``: a Ray cluster of a head without CPUs and N machines with one each, on loopback.

Prints its address; then takes orders, a line each: ``kill ID`` (the beginning of a node's id) takes that machine away
without warning, and says so. The end of its input ends it.
"""

import os
import sys

os.environ |= {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # or it binds the machine's own address
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}

from ray.cluster_utils import Cluster

MEMORY = 100 << 20  # bytes of each object store


def main(machines: int) -> None:
    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": MEMORY}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    nodes = [cluster.add_node(num_cpus=1, object_store_memory=MEMORY) for _ in range(machines)]
    print(cluster.address, flush=True)
    try:
        for line in sys.stdin:
            order, _, wanted = line.strip().partition(" ")
            assert order == "kill", line
            (node,) = [node for node in nodes if node.node_id.startswith(wanted)]
            cluster.remove_node(node, allow_graceful=False)
            print("killed", flush=True)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]))
