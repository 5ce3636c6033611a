"""The vocabulary real documents use for the same few things. Names are compared without case and separators."""

from __future__ import annotations

import re
from functools import partial

from specloom.schemas.memo import cached

PAGE = frozenset("page pagenumber pageno pageindex pagenum currentpage".split())
OFFSET = frozenset("offset skip start startindex startat from".split())
SURE_OFFSET = frozenset("offset skip".split())
CURSOR = frozenset(
    "cursor pagetoken nexttoken nextpagetoken continuationtoken continue after pagecursor nextcursor paginationtoken "
    "marker scrollid bookmark startcursor pagingtoken".split()
)
SIZE = frozenset(
    "perpage pagesize limit size count maxresults top maxitems resultsperpage itemsperpage rows take pagelimit "
    "maxperpage num".split()
)
NEXT = frozenset(
    "nextcursor nextpagetoken nexttoken nextpage next cursor nextpagecursor continuationtoken endcursor pagetoken "
    "paginationtoken marker nextmarker continue scrollid bookmark after nextpagingtoken".split()
)
NEXT_LINK = frozenset("nextlink nexturl nextpageurl nextpagelink odatanextlink next nexthref".split())
MORE = frozenset("hasmore hasnext hasnextpage more istruncated morepages hasmoreresults hasmoreitems".split())
PAGING = frozenset("meta pagination paging pageinfo responsemetadata metadata links cursors page paginator".split())
LISTS = (
    "data",
    "items",
    "results",
    "records",
    "entries",
    "list",
    "values",
    "value",
    "content",
    "rows",
    "objects",
    "hits",
)

STATUS = frozenset("status state taskstatus jobstatus phase runstatus".split())
ID = frozenset("id jobid taskid requestid generationid predictionid uuid runid operationid executionid".split())

TIMES = (
    "createdat", "created", "datecreated", "createdon", "createdtime", "creationdate", "creationtime", "createddate",
    "timestamp", "insertedat", "publishedat", "submittedat", "receivedat", "occurredat",
)  # fmt: skip
LABELS = (
    "name", "title", "label", "displayname", "fullname", "username", "email", "subject", "login", "filename",
    "nickname", "description",
)  # fmt: skip
NEWEST_FIRST = partial(
    re.compile,
    r"(newest|most recent|latest)\b.{0,20}\bfirst|reverse[- ]chronological|descending (order )?by (creat|date)"
    r"|sorted by creation (date|time)[^.]{0,30}(newest|most recent|descending)"
    r"|order(ed)? by [^.]{0,30}created[^.]{0,20}desc",
    re.I,
)

TURNS = re.compile(
    r"(text|image|speech|audio|video|script|prompt)[- _]?(to|2)[- _]?(text|image|speech|audio|video|3d|music)", re.I
)

ME = ("me", "whoami", "self", "currentuser", "myself", "authenticateduser", "viewer")
ACCOUNT = (
    "account",
    "user",
    "profile",
    "tokeninfo",
    "verify",
    "verifycredentials",
    "credits",
    "balance",
    "usage",
    "quota",
)


_ODD = re.compile(r"[^a-z0-9]+")


@cached(65536)
def bare(name: str) -> str:
    """'next_page-token' and '$nextPageToken' alike: 'nextpagetoken'."""
    low = name.lower().replace("_", "")
    return low if low.isascii() and low.isalnum() else _ODD.sub("", low)


@cached(16384)
def singular(word: str) -> str:
    """Good enough to match `voice_id` with `/voices`."""
    low = word.lower()
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if low.endswith(ending) and len(low) > len(ending) + 1:
            return low.removesuffix(ending) + instead
    if low.endswith("s") and not low.endswith(("ss", "us", "is")) and len(low) > 2:
        return low[:-1]
    return low


@cached(16384)
def is_plural(word: str) -> bool:
    return singular(word) != word.lower()
