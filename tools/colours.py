"""The one rule of the colours: what a colour says, wherever a state is shown.

=========  ====================================================================
colour     says
=========  ====================================================================
info       on its way, or waiting for the other side: nothing to do
primary    agreed on, with a day: nothing to do
success    paid, or done as it should be
warning    uncertain, or its time is over: look at it
danger     refused or turned down: a person has to do something
muted      over, because we wanted it or because nothing is due any more
=========  ====================================================================

Views name colours in ``decoration-*``; ``tests/whole/test_colours.py`` reads them
all and compares them with these tables.
"""

#: model → what a colour stands for; a state without one is shown plainly
COLOURS = {
    "mobilepay.invoice": {
        "info": {"queued", "sending", "created"},
        "primary": {"accepted"},
        "success": {"paid"},
        "warning": {"unconfirmed", "expired"},
        "danger": {"invalid", "rejected"},
        "muted": {"canceled"},
    },
    "mobilepay.event": {
        "info": {"new"},
        "success": {"done"},
        "warning": {"orphan"},
        "danger": {"bad"},
        "muted": {"stale"},
    },
    "mobilepay.invoice mail_state": {
        "info": {"waiting"},
        "success": {"sent"},
        "danger": {"failed"},
    },
    "mobilepay.transfer": {
        "info": {"fetching", "transit"},
        "warning": {"waiting", "undone"},
        "success": {"settled", "bank"},
    },
    "mobilepay.owed": {
        "info": {"requested"},
        "primary": {"accepted"},
        "success": {"paid", "transferred"},
        "warning": {"other"},
        "muted": {"bank", "ended"},
    },
    "mobilepay.consent": {
        "info": {"pending"},
        "success": {"granted"},
        "muted": {"denied", "withdrawn"},
    },
    "mobilepay.check": {"info": {"running"}},
    "mobilepay.check result": {"success": {"passed"}, "danger": {"failed"}},
    "mobilepay.check.step": {
        "info": {"waiting"},
        "success": {"passed"},
        "warning": {"by_hand"},
        "danger": {"failed"},
        "muted": {"todo", "not_possible"},
    },
    "mobilepay.connection": {
        "success": {"connected"},
        "danger": {"consent_lost"},
    },
}
#: the ribbon over a form, by the colour of the state that it names
RIBBONS = {
    "warning": "text-bg-warning",
    "danger": "text-bg-danger",
    "muted": "text-bg-secondary",
}
