"""Nobody gets a secret out of Odoo over its remote doors, whatever the role."""

import json
import xmlrpc.client

import requests

from odoo.tests import tagged

from ..oidc_case import PASSWORD, OidcCase
from ..secret_life import SecretLifeCase

# isort: split
from play.leaks import forms
from play.office import OfficeError

GROUPS = {
    "advisor": "account.group_account_readonly",
    "accountant": "account.group_account_manager",
    "employee": "base.group_user",
    "settings": "base.group_system",
    "portal": "base.group_portal",
    "stranger": "account.group_account_manager",
}
#: beside them: ``dan`` bills, and ``admin`` may do everything there is
ROLES = (*GROUPS, "dan", "admin")
HIDDEN = ("mobilepay.secret", "mobilepay.token", "mobilepay.login")
OPEN = ("mobilepay.connection", "mobilepay.invoice", "mobilepay.event")
#: fields by which one could feel one's way to a secret, and a right guess
PROBES = {
    "mobilepay.secret": [("ciphertext", "gAAAA%"), ("connection_id.name", "%")],
    "mobilepay.token": [("access_ciphertext", "gAAAA%")],
    "mobilepay.login": [("sealed", "gAAAA%"), ("key", "%")],
    "mobilepay.connection": [
        ("client_secret", "demo-secret"),
        ("gateway_secret", "demo-ibm%"),
        ("reporting_key", "reporting-key%"),
    ],
}
#: methods that must answer nobody on a hidden model; what is not named here may
#: answer, with nothing but ids and the names of fields
REFUSED = {
    "read", "search_read", "search_count", "web_search_read", "read_group",
    "formatted_read_group", "web_read_group", "name_search", "web_read",
    "export_data", "copy", "copy_data", "write", "unlink",
}  # fmt: skip
#: what only the addon's own code calls
PRIVATE = {
    "mobilepay.secret": ["_get", "_open", "_open_all", "_rows", "_encrypt_anew"],
    "mobilepay.token": ["_access_token", "_open", "_alone", "_unlocked_row"],
    "mobilepay.login": ["_open", "_take_up", "_find"],
    "mobilepay.connection": ["_callback_secrets", "_provider", "_service", "_bearer"],
}


def make_roles(env):
    """Make a user of each role; the stranger is of another company."""
    other = env["res.company"].create({"name": "Nordlys"})
    for login, group in GROUPS.items():
        company = other if login == "stranger" else env.company
        env["res.users"].create(
            {
                "name": login.title(),
                "login": login,
                "password": PASSWORD,
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
                "group_ids": [(6, 0, env.ref(group).ids)],
            }
        )


@tagged("post_install", "-at_install")
class TestSecretsOverRpc(SecretLifeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        [made] = cls.worker.run(make_roles, [{}])
        if made.error:
            raise RuntimeError(made.message)
        cls.people = {role: cls.log_in(role, cls.password(role)) for role in ROLES}

    @classmethod
    def serve(cls, workers=0, **options):
        # the log is another test's; with all SQL in it each call takes far longer
        return OidcCase.serve.__func__(cls, workers, **options)

    def setUp(self):
        super().setUp()
        rows = self.sql(
            "SELECT ciphertext FROM mobilepay_secret UNION"
            " SELECT access_ciphertext FROM mobilepay_token UNION"
            " SELECT refresh_ciphertext FROM mobilepay_token UNION"
            " SELECT sealed FROM mobilepay_login WHERE sealed IS NOT NULL"
        )
        known = {value for values in self.lived.values() for value in values}
        self.unspoken = {
            *(form for secret in known for form in forms(secret)),
            *(ciphertext.encode() for [ciphertext] in rows),
        }

    @staticmethod
    def password(role):
        return "admin" if role == "admin" else PASSWORD

    # ------------------------------------------------------------------ calling

    def calls(self, model, ids, fields):
        """Return how a caller may ask for all that a model has, by method."""
        first = fields[0] if fields else "id"
        group = {"groupby": [first], "domain": []}
        return {
            "read": ([ids], {}),
            "search_read": ([[]], {}),
            "search_count": ([[]], {}),
            "web_search_read": ([[], {name: {} for name in fields}], {}),
            "read_group": ([[], fields, [first]], {}),
            "formatted_read_group": ([], {**group, "aggregates": ["__count"]}),
            "web_read_group": ([], {**group, "aggregates": ["__count"]}),
            "name_search": ([""], {}),
            "web_read": ([ids, {name: {} for name in fields}], {}),
            "export_data": ([ids, [*fields, "id"]], {}),
            "copy": ([ids], {}),
            "copy_data": ([ids], {}),
            "write": ([ids, {}], {}),
            "unlink": ([ids], {}),
            "get_metadata": ([ids], {}),
            "default_get": ([fields], {}),
            "fields_get": ([], {}),
        }

    def ask(self, office, model, method, args, kwargs):
        """Return the answer, or the error's text, as JSON; and whether refused."""
        try:
            return json.dumps(office.call(model, method, *args, **kwargs)), False
        except OfficeError as error:
            return str(error), True

    def wrongs(self, office, model, method, call, refuse=False):
        """Return what is wrong with the answer to a call, by its name."""
        told, refused = self.ask(office, model, method, *call)
        content = told.encode()
        if refuse and not refused:
            yield f"{model}.{method} answers"
        if any(secret in content for secret in self.unspoken):
            yield f"{model}.{method} tells a secret"

    def fields(self, model):
        """Return all fields of a model but the binary ones."""
        return sorted(
            name
            for name, field in self.admin.call(model, "fields_get").items()
            if field["type"] not in ("binary", "image", "properties")
        )

    def held(self, model):
        """Return the ids of all rows, as they are in the database."""
        return [row_id for (row_id,) in self.sql(f"SELECT id FROM {model}")]  # noqa: S608

    # -------------------------------------------------------------------- tests

    def test_hidden_models_answer_nobody(self):
        # security/ir.model.access.csv: secret_nobody, token_nobody, login_nobody
        for model in HIDDEN:
            columns = self.sql(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s ORDER BY 1",
                model.replace(".", "_"),
            )
            ids = self.held(model.replace(".", "_"))
            self.assertTrue(ids, f"{model} has rows")
            fields = [name for (name,) in columns if name != "id"]
            for role, office in self.people.items():
                for method, call in self.calls(model, ids, fields).items():
                    refuse = method in REFUSED
                    wrong = self.wrongs(office, model, method, call, refuse)
                    self.assertEqual(list(wrong), [], role)

    def test_open_models_tell_no_secret(self):
        # models/connection/mobilepay_connection.py: _compute_secrets
        for model in OPEN:
            ids, fields = self.held(model.replace(".", "_")), self.fields(model)
            calls = self.calls(model, ids, fields)
            for method in ("copy", "unlink", "write"):
                del calls[method]
            for role, office in self.people.items():
                for method, call in calls.items():
                    wrong = self.wrongs(office, model, method, call)
                    self.assertEqual(list(wrong), [], role)

    def test_a_guess_is_not_confirmed(self):
        """A search by a domain says nothing of whether a guess was right."""
        for model, guesses in PROBES.items():
            for role, office in self.people.items():
                for field, right in guesses:
                    answers = {
                        self.ask(office, model, "search_count", [[domain]], {})
                        for domain in ([field, "=like", right], [field, "=like", "x%"])
                    }
                    self.assertEqual(len(answers), 1, f"{role}: {model}.{field}")
                    [(_told, refused)] = answers
                    self.assertTrue(refused or model not in HIDDEN)

    def test_private_methods_are_not_called(self):
        for model, methods in PRIVATE.items():
            for role, office in self.people.items():
                for method in methods:
                    told, refused = self.ask(office, model, method, [[]], {})
                    self.assertTrue(refused, f"{role}: {model}.{method}")
                    self.assertIn("Private methods", told)

    def test_other_doors_are_the_same(self):
        """XML-RPC and JSON-RPC, for scripts, with user and password."""
        common = xmlrpc.client.ServerProxy(f"{self.server.url}/xmlrpc/2/common")
        scripts = xmlrpc.client.ServerProxy(
            f"{self.server.url}/xmlrpc/2/object", allow_none=True
        )
        # each call checks the password, which is slow by design
        for role in ("portal", "accountant", "settings", "admin"):
            password = self.password(role)
            uid = common.authenticate(self.database, role, password, {})
            self.assertTrue(uid)
            for model in (*HIDDEN, "mobilepay.connection"):
                ids = self.held(model.replace(".", "_"))
                call = [self.database, uid, password, model, "read", [ids]]
                for told, refused in (self.by_xml(scripts, call), self.by_json(call)):
                    self.assertTrue(refused or model not in HIDDEN, role)
                    self.assert_unspoken(told, f"{role}: {model}")

    def assert_unspoken(self, text, where):
        content = text.encode()
        self.assertFalse(any(secret in content for secret in self.unspoken), where)

    def by_xml(self, scripts, call):
        try:
            return str(scripts.execute_kw(*call)), False
        except xmlrpc.client.Fault as fault:
            return fault.faultString, True

    def by_json(self, call):
        params = {"service": "object", "method": "execute_kw", "args": call}
        body = {"jsonrpc": "2.0", "method": "call", "params": params}
        answer = requests.post(f"{self.server.url}/jsonrpc", json=body, timeout=60)
        return answer.text, "error" in answer.json()

    def test_a_file_of_an_export(self):
        """The button Export, also with a saved list of fields."""
        for role in ("admin", "settings"):
            office = self.people[role]
            page = office.session.get(f"{self.server.url}/web", timeout=60).text
            token = page.partition('csrf_token: "')[2].partition('"')[0]
            for model in (*HIDDEN, "mobilepay.connection"):
                page = self.export(office, model, token)
                self.assert_unspoken(page.text, f"{role}: {model}")
                refused = page.status_code != 200
                self.assertTrue(refused or model not in HIDDEN, role)

    def export(self, office, model, token):
        """Ask for a CSV file of all rows; return Odoo's answer."""
        names = ["display_name", "ciphertext", "client_secret", "gateway_secret"]
        fields = [name for name in names if self.has_field(model, name)]
        data = {
            "model": model,
            "fields": [{"name": name, "label": name} for name in fields],
            "ids": self.held(model.replace(".", "_")),
            "domain": [],
            "import_compat": False,
        }
        form = {"data": json.dumps(data), "csrf_token": token}
        url = f"{self.server.url}/web/export/csv"
        return office.session.post(url, form, timeout=60)

    def has_field(self, model, name):
        return name == "display_name" or name in self.admin.call(model, "fields_get")

    def test_nobody_without_a_session(self):
        nobody = type(self.admin)(self.server.url, self.database)
        for model in (*HIDDEN, "mobilepay.connection"):
            told, refused = self.ask(nobody, model, "search_read", [[]], {})
            self.assertTrue(refused)
            self.assert_unspoken(told, model)

    def test_who_names_the_address_does_not_get_the_secrets(self):
        """Another host gets them from nobody but who knows them."""
        # models/connection/mobilepay_connection_api.py: write / _forget_misdirected
        self.press("action_disconnect", [self.connection_id])
        try:
            for name in ("custom_discovery_url", "custom_api_base"):
                self.check_redirected(name)
        finally:
            type(self).lived = None  # another test plays it anew

    def check_redirected(self, name):
        secrets = {"client_secret": "new-secret", "gateway_secret": "new-ibm-secret"}
        self.press("write", [self.connection_id], secrets)
        elsewhere = {name: "https://elsewhere.example/x"}
        self.press("write", [self.connection_id], elsewhere)
        left = self.sql("SELECT purpose FROM mobilepay_secret")
        self.assertEqual(left, [])
        with self.assertRaisesRegex(OfficeError, "Fill in first: .*Client Secret"):
            self.press("action_connect", [self.connection_id])
        # typed together with the address, they are kept
        self.press(
            "write", [self.connection_id], {name: "https://x.example", **secrets}
        )
        left = self.sql("SELECT purpose FROM mobilepay_secret ORDER BY 1")
        self.assertEqual(left, [("client",), ("gateway",)])
