"""Where polls run: in this thread, in threads, in processes with threads inside.

    threads     here            processes   workers as their parent sees them
    process     a worker's life parcel      what goes through a pipe

A dispatcher knows how to call `poll(feed, claim)` somewhere; what a poll does is not its business.
"""

from feedhub.dispatch.process import collect_seldom
from feedhub.dispatch.processes import PollBug, Processes, WorkerLost
from feedhub.dispatch.threads import Inline, Poll, Threads

__all__ = ["Inline", "Poll", "PollBug", "Processes", "Threads", "WorkerLost", "collect_seldom"]
