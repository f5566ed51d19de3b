"""The wire: MobilePay's services, without Odoo.

Pure Python. Values go in and out as the frozen dataclasses of :mod:`.types`,
failures as the errors of :mod:`.errors`, each named after what the caller may
do next. Nothing here keeps state, reads a setting or knows a database.

What all services share stands here; ``transport/`` speaks HTTP and knows no
service; each service has a folder and imports no other's: ``classic/``.
Each name is imported from the module that defines it.
"""
