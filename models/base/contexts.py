# no chatter and no tracking on what is booked: its story stands on the request, unless
# the company keeps an audit trail (``mobilepay.trail``)
LEAN = {
    "tracking_disable": True,
    "mail_notrack": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "skip_invoice_sync": True,
}
