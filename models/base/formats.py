from datetime import timezone

from markupsafe import Markup


def as_utc(moment):
    """Return an aware moment as Odoo keeps it: naive, UTC."""
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def as_list(texts):
    """Return texts as an HTML list, False where there are none."""
    if not texts:
        return False
    items = Markup("").join(Markup("<li>%s</li>") % text for text in texts)
    return Markup('<ul class="mb-0">%s</ul>') % items
