from __future__ import annotations

import os
import subprocess
import time

from bench.cpu import Stat, parse_pss_kib, parse_stat, tree_cpu_seconds, tree_of

LINE = (
    "4242 (node (v20) x) S 17 4242 4242 0 -1 4194560 31337 12 0 0 "
    "150 25 7 3 20 0 11 0 123456 1000000 5000 18446744073709551615"
)


def test_a_stat_line_is_read_although_the_name_holds_blanks_and_parentheses() -> None:
    assert parse_stat(LINE) == Stat(pid=4242, parent=17, ticks=175, reaped=10)


def test_a_tree_holds_children_of_children_and_nobody_else() -> None:
    stats = [Stat(1, 0, 9, 0), Stat(2, 1, 1, 0), Stat(3, 2, 1, 0), Stat(4, 1, 1, 0), Stat(5, 4, 1, 0)]
    assert sorted(stat.pid for stat in tree_of(2, stats)) == [2, 3]
    assert sorted(stat.pid for stat in tree_of(1, stats)) == [1, 2, 3, 4, 5]


def test_a_process_that_is_gone_has_no_tree() -> None:
    assert tree_of(7, [Stat(1, 0, 9, 0)]) == []


def test_our_own_time_is_what_the_system_tells_us() -> None:
    before = time.process_time()
    told = tree_cpu_seconds(os.getpid())
    used = os.times()
    # Children that ended count through their parent; they were there before this test or they were not.
    assert before <= told <= time.process_time() + used.children_user + used.children_system


def test_a_process_that_ended_has_used_nothing_that_we_could_see() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    assert tree_cpu_seconds(child.pid) == 0


def test_memory_is_the_proportional_size() -> None:
    assert parse_pss_kib("00400000-7fff [rollup]\nRss:  9000 kB\nPss:  1234 kB\nPss_Anon: 99 kB\n") == 1234


def test_memory_without_a_size_is_none_at_all() -> None:
    assert parse_pss_kib("") == 0
