"""`GET /contacts/{id}` of `leadpulse serve`, with and without concurrent searches that no index answers.
Such a search visits every lead. Four clients send one search after the other, so that searches are always waiting.
"""

import re
import subprocess
import sys
import time

ROUNDS = 2  # each first without searches, then with them
READS, READ_SECONDS = 500, 0.03  # in each half of a round
CLIENTS = 4
BEGIN_SECONDS = 2
# Searches until it is stopped, in a process of its own: a measured client should not wait for it.
SEARCHER = """
import http.client, sys, time
port, token, number = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
while True:
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=600)
    connection.request('GET', f'/api/v1/contacts/search?where=click_count%20%3E%20{2000 + number}',
                       headers={'Authorization': 'Bearer ' + token})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    number += 10
    time.sleep(0.2 if answer.status == 429 else 0)
"""


def ask(binary, front, client, lead, reads):
    """Yields (name, milliseconds of each request). `lead`: the number of the i-th request's lead."""
    tokens = [made_token(binary, front) for _ in range(CLIENTS)]
    found = {"alone": [], "beside_scans": []}
    reads = min(READS, reads)
    for number in range(ROUNDS):
        def paths(i, first=number * reads):
            return [f"contacts/crm-{lead(first + i)}"]
        found["alone"] += client.times(paths, reads, READ_SECONDS)
        searchers = [subprocess.Popen([sys.executable, "-c", SEARCHER, str(client.connection.port), token, str(first)])
                     for first, token in enumerate(tokens)]
        try:
            time.sleep(BEGIN_SECONDS)
            found["beside_scans"] += client.times(paths, reads, READ_SECONDS)
            if any(searcher.poll() is not None for searcher in searchers):
                raise OSError("a client that searches has ended")
        finally:
            for searcher in searchers:
                searcher.kill()
                searcher.wait()
        time.sleep(BEGIN_SECONDS)  # the last searches end
    yield from found.items()


def made_token(binary, front):
    made = subprocess.run([binary, "serve", "token", "create", "--data", front, "--tenant", "acme", "--role", "manager",
                           "--label", "searches"], check=True, stdout=subprocess.PIPE, text=True)
    return re.search(r"^lp_\S+$", made.stdout, re.M)[0]
