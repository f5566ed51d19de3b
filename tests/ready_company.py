"""Odoo's own test company, made once in a process and committed, not in each class.

So is another company for those who need two: a chart of accounts takes seconds. Only
the database of ``dev/test``, which is thrown away, gets them for good; on any other one
each class makes them for itself, as Odoo does.
"""

import os

from odoo.fields import Command
from odoo.models import BaseModel
from odoo.sql_db import Cursor

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.tests.common import BaseCommon

from .kept_caches import KeptCachesCase

THROWN_AWAY = "ACCOUNT_MOBILEPAY_TEMPLATE_DB"
PLAIN = ("country_code", "tax_number")


class _Maker(AccountTestInvoicingCommon):
    @classmethod
    @AccountTestInvoicingCommon.setup_country("dk")
    def setUpClass(cls):
        super().setUpClass()
        cls.spare = cls._create_company(name="Spare company")
        # only for those who ask for it
        cls.env.user.company_ids = [Command.unlink(cls.spare.id)]


class ReadyCompany:
    """What Odoo's ``setUpClass`` leaves on a class, to be put on others."""

    def __init__(self):
        try:
            _Maker.setUpClass()
            _Maker.env.flush_all()
            # of the class itself: Odoo's test cursor forbids it to tests
            Cursor.commit(_Maker.cr)
            self.user_id = _Maker.env.uid
            self._context = _Maker.env.context
            self._values = {
                name: self._packed(value)
                for name, value in vars(_Maker).items()
                if isinstance(value, BaseModel) or name in ("company_data", *PLAIN)
            }
        finally:
            _Maker.doClassCleanups()

    def put_on(self, cls):
        """Give a test class the company, in its own environment."""
        cls.env = cls.env(user=self.user_id, context=cls.default_env_context())
        for name, value in self._values.items():
            setattr(cls, name, self._unpacked(cls.env, value))

    def _packed(self, value):
        if isinstance(value, dict):
            return {key: self._packed(each) for key, each in value.items()}
        if isinstance(value, BaseModel):
            context = value.env.context
            more = {k: v for k, v in context.items() if self._context.get(k) != v}
            return value._name, value.ids, more
        return value

    def _unpacked(self, env, value):
        if isinstance(value, dict):
            return {key: self._unpacked(env, each) for key, each in value.items()}
        if isinstance(value, tuple):
            model, ids, more = value
            return env[model].with_context(**more).browse(ids)
        return value


_made = []


class ReadyCompanyCase(AccountTestInvoicingCommon, KeptCachesCase):
    """Odoo's Danish test company, in a transaction of the class's own."""

    maxDiff = None
    spare = None

    @classmethod
    @AccountTestInvoicingCommon.setup_country("dk")
    def setUpClass(cls):
        if THROWN_AWAY not in os.environ:
            super().setUpClass()
            return
        if not _made:
            _made.append(ReadyCompany())
        # past all that would make a company
        super(BaseCommon, cls).setUpClass()
        _made[0].put_on(cls)

    @classmethod
    def second_company(cls, name):
        """Return another Danish company, in which the accountant works, too."""
        if not cls.spare:
            return cls._create_company(name=name)
        cls.env.user.company_ids = [Command.link(cls.spare.id)]
        cls.spare.name = name
        return cls.spare
