"""The clients of the security events."""

from __future__ import annotations

from minios.session.panes.clients import CLIENTS_READ
from minios.tui.drawing import clients
from minios.tui.pages.page import Page, PagePane, drawn


class ClientsView(PagePane):
    """Clients, their inboxes, and who waits for them."""

    TITLE = "clients of the security events"
    HELP = (
        "A client is a plugin that has subscribed to security events. The kernel tells "
        "it what has happened, or asks it before something happens. █ is an event that "
        "the client has not taken from its inbox yet. ⧗ is somebody who waits for its "
        "verdict. The kernel does not report this. minios reads it from the machine's "
        "memory, and takes the names from the kernel's source. The key P measures what "
        "it costs to be told and to be asked."
    )
    DRAW = drawn(CLIENTS_READ, lambda it, width, _: clients.clients(it, width))


class ClientsPage(Page):
    """The clients."""

    NUMBER = 6
    WORDS = "who gets security events"
    READS = (CLIENTS_READ,)
    PANES = (ClientsView,)


PAGE = ClientsPage
