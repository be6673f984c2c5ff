import threading
import time

import pytest

from avila_sci.core.progress import Progress
from avila_sci.core.threads import available_cpus, each, get_threads, set_threads


@pytest.fixture(params=[1, 2, 5])
def threads(request):
    set_threads(request.param)
    yield request.param
    set_threads(None)


def test_results_come_in_the_order_of_the_pieces(threads):
    told = []
    assert each(lambda n: n * n, range(50), told.append) == [n * n for n in range(50)]
    assert sum(told) == 50


def test_pieces_run_on_that_many_threads_at_once(threads):
    barrier = threading.Barrier(threads, timeout=20)
    each(lambda _: barrier.wait(), range(threads))


def test_the_first_error_comes_out_and_the_rest_is_dropped(threads):
    begun = []

    def work(n):
        begun.append(n)
        if n == 0:
            raise ZeroDivisionError("piece 0")
        time.sleep(0.001)  # 1000 pieces of no work at all may be over before anybody hears of the error

    with pytest.raises(ZeroDivisionError, match="piece 0"):
        each(work, range(1000))
    assert len(begun) < 1000


def test_nested_calls_end(threads):
    assert each(lambda n: sum(each(lambda m: m, range(n))), range(6)) == [0, 0, 1, 3, 6, 10]


def test_the_number_of_threads_is_checked_and_follows_the_environment(monkeypatch):
    with pytest.raises(ValueError, match="at least 1, got 0"):
        set_threads(0)
    monkeypatch.setenv("AVILA_NUM_THREADS", "3")
    assert get_threads() == 3
    monkeypatch.setenv("AVILA_NUM_THREADS", "many")
    assert get_threads() == available_cpus() >= 1


def test_a_bar_is_drawn_when_asked_for_and_silent_otherwise(capsys):
    with Progress("counting", 2, show=True) as bar:
        bar.advance()
        bar.advance()
    drawn = capsys.readouterr().err
    assert "counting: 100%" in drawn
    assert drawn.endswith("\n")
    with Progress("counting", 2) as bar:
        bar.advance(5)
    assert bar.fraction == 1.0
    assert capsys.readouterr().err == ""
