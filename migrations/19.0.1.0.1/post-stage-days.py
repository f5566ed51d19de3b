"""Requests know the days of their stages, which were read from their news before."""

from odoo import SUPERUSER_ID, api

FILL = """
UPDATE mobilepay_invoice r
   SET accepted_on = told.accepted_on,
       ended_on = CASE WHEN r.state IN %(failed)s THEN told.ended_on END
  FROM (
      SELECT request_id,
             MIN(happened_on AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)
                 FILTER (WHERE status = 'accepted')::date AS accepted_on,
             MAX(happened_on AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)
                 FILTER (WHERE status IN %(failed)s)::date AS ended_on
        FROM mobilepay_event
       WHERE connection_id = %(connection)s AND state = 'done'
         AND (status = 'accepted' OR status IN %(failed)s)
    GROUP BY request_id
  ) told
 WHERE r.id = told.request_id
"""
FAILED = ("invalid", "rejected", "expired", "canceled")


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    connections = env["mobilepay.connection"].with_context(active_test=False)
    for connection in connections.search([]):
        zone = connection._country().timezone
        cr.execute(FILL, {"zone": zone, "connection": connection.id, "failed": FAILED})
