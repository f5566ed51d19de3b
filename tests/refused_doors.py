"""Knocks at a door of Odoo's in this process, whose transaction fails once.

Runs in a fork of ``real_worker.py``: Odoo's whole HTTP layer is at work, but for the
socket. The refusal is PostgreSQL's own, at the moment when Odoo submits what the
controller wrote, so Odoo's ``retrying`` takes the request again.
"""

import sys
from types import SimpleNamespace

from werkzeug.test import Client

from odoo import http, sql_db
from odoo.service import security

from .boundaries import collide


def knock(env, path, form=None, body="", headers=None, user_id=None):
    """Ask for a page, POST where there is something to send; what came of it.

    :param user_id: who is logged in; nobody by default
    :return: status, Location, text, and how often Odoo has tried
    """
    client = Client(http.root)
    session = _session(env, user_id)
    client.set_cookie("session_id", session.sid)
    sent = body or form
    if form:
        sent = {**form, "csrf_token": _csrf_token(env, session)}
    tries = _fail_first()
    answer = client.open(
        path, method="POST" if sent else "GET", data=sent, headers=headers or {}
    )
    return {
        "status": answer.status_code,
        "location": answer.headers.get("Location", ""),
        "text": answer.get_data(as_text=True),
        "tries": len(tries),
    }


def _fail_first():
    """Have the first transaction that Odoo's HTTP layer submits fail; the tries."""
    flush, tries = sql_db.Cursor.flush, []

    def failing(cr):
        flush(cr)
        if sys._getframe(1).f_code.co_name == "retrying":
            tries.append(cr)
            if len(tries) == 1:
                collide(cr)

    sql_db.Cursor.flush = failing
    return tries


def _session(env, user_id):
    session = http.root.session_store.new()
    session.update(http.get_default_session(), db=env.cr.dbname, _trace_disable=True)
    session.context["lang"] = http.DEFAULT_LANG
    if user_id:
        user = env["res.users"].browse(user_id)
        session.uid, session.login = user_id, user.login
        session.session_token = security.compute_session_token(session, env)
        session.context = dict(env(user=user_id)["res.users"].context_get())
    http.root.session_store.save(session)
    return session


def _csrf_token(env, session):
    visitor = SimpleNamespace(env=env, session=session, db=env.cr.dbname)
    return http.Request.csrf_token(visitor)
