"""The plain way to bring events from CSV into SQLite: csv.reader and executemany, the same tables and promises as the store.

python3 import.py FILE DATABASE prints seconds.
"""

import csv
import sqlite3
import sys
import time

BATCH = 100_000
KINDS = {name: n for n, name in enumerate("impression click view save purchase rating hide".split())}

file, database = sys.argv[1:3]
start = time.perf_counter()
db = sqlite3.connect(database, isolation_level=None)
db.executescript(
    """
    pragma journal_mode = wal; pragma synchronous = normal; pragma cache_size = -262144;
    create table items (number integer primary key, id text not null unique);
    create table users (number integer primary key, id text not null unique);
    create table events (position integer primary key, id text, time integer, user integer not null,
                         item integer not null, kind integer not null, value real);
    create unique index events_by_id on events (id) where id is not null;
    """
)
numbers = {"users": {}, "items": {}}


def number(table, name):
    known = numbers[table].get(name)
    if known is None:
        known = db.execute(f"insert into {table} (id) values (?)", (name,)).lastrowid
        numbers[table][name] = known
    return known


def rows(reader):
    for row in reader:
        yield (
            row.get("id"),
            int(row["time"]),
            number("users", row["user"]),
            number("items", row["item"]),
            KINDS[row["kind"]],
            float(row["value"]),
        )


def batches(events):
    batch = []
    for event in events:
        batch.append(event)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


with open(file, newline="") as source:
    reader = csv.reader(source)
    header = next(reader)
    db.execute("begin")
    for batch in batches(rows(dict(zip(header, row)) for row in reader)):
        db.executemany("insert or ignore into events values (null, ?, ?, ?, ?, ?, ?)", batch)
        db.execute("commit")
        db.execute("begin")
    db.execute("commit")
db.close()
print(time.perf_counter() - start)
