"""Verbs that stand in paths, and what people call what they do."""

from __future__ import annotations

ACTIONS = frozenset(
    """
    accept activate add allow append approve archive assign attach authorize ban batch block bulk calculate
    call cancel capture change charge check checkout clear clone close complete confirm connect convert copy
    create deactivate decline delete deny deploy detach disable disconnect dismiss download duplicate edit
    enable end enroll execute expire export finalize find fork generate get import info invite join kick
    launch leave link list lock login logout mark merge move mute open pause pin preview promote publish pull
    purge push query read rebuild recover redeem redo refresh refund register reject release remove rename
    renew reopen reorder replace replay report request resend reset resolve restart restore resume retry
    revert revoke rotate run save schedule search send set ship show sign skip snooze start stop submit
    subscribe suspend swap switch sync terminate test transfer translate trigger unarchive unassign unban
    unblock undelete undo unfollow unlink unlock unmute unpin unpublish unsubscribe update upgrade upload
    upsert validate verify void vote
    """.split()
)
"""First words of a last part that says what is done: `/orders/{id}/cancel`, `/tasks/{id}/addTag`."""
USUAL = {
    "list": "Get Many", "getall": "Get Many", "index": "Get Many", "all": "Get Many", "get": "Get", "info": "Get",
    "show": "Get", "read": "Get", "create": "Create", "new": "Create", "edit": "Update", "update": "Update",
    "delete": "Delete", "upsert": "Create or Update",
}  # fmt: skip
"""Verbs that have a usual name."""
STATES = frozenset("status state progress result results info count counts stats statistics metadata health".split())
"""Aspects of one element, though some of them look like collections."""
NOUNS_TOO = frozenset(
    """
    block call change charge check checkout copy download export import info list lock order pin release report request
    run schedule ship test transfer trigger update upgrade upload vote
    """.split()
)
"""Those that begin the names of things as well: `checkItems`."""
CHOSEN = frozenset(
    """
    best favorite latest nearby past popular recent recommended related similar suggested top trending upcoming
    """.split()
)
"""First words of parts of a whole: `/artists/{id}/top-tracks` are no things of their own."""
_SAME = (
    frozenset("get retrieve fetch show read return view find describe load look obtain".split()),
    frozenset("get list retrieve fetch search find query show return read view browse enumerate obtain".split()),
    frozenset("create add new insert make register post save".split()),
    frozenset("update edit modify change set patch replace put save".split()),
    frozenset("delete remove destroy".split()),
)
_MEANT = dict(zip(("Get", "Get Many", "Create", "Update", "Delete"), _SAME, strict=True)) | {
    "Replace": _SAME[3], "Set": _SAME[3],
}  # fmt: skip


def contradicts(action: str, summary: str) -> bool:
    """Whether a document's own words begin with another verb than its way of REST: 'Start a migration' for 'Create'."""
    first = summary.partition(" ")[0].lower().strip(".,:")
    meant = _MEANT.get(action) or _MEANT.get(action.partition(" ")[0])
    said = next((verb for verb in (first, first.removesuffix("s"), first.removesuffix("es")) if verb in _KNOWN), "")
    return meant is not None and bool(said) and said not in meant


_KNOWN = ACTIONS | frozenset().union(*_SAME) | frozenset("generate redeliver mark scale watch connect reply".split())
