"""The pages that show the mails: a list, and each of them."""

from __future__ import annotations

from flask import Flask, Response, abort, render_template

from .letters import Letter, Letters

#: a mail's page is a stranger's: no scripts, nothing but pictures from elsewhere
POLICY = "default-src 'none'; img-src * data:; style-src 'unsafe-inline'; frame-src *"


def create_app(letters: Letters) -> Flask:
    """Make the application that shows ``letters``."""
    app = Flask(__name__)

    @app.get("/")
    def index() -> str:
        return render_template("list.html", letters=letters.newest_first())

    @app.get("/health")
    def health() -> dict[str, bool]:
        return {"ok": True}

    @app.get("/<int:number>")
    def show(number: int) -> str:
        return render_template("letter.html", letter=_known(letters, number))

    @app.get("/<int:number>/<int:place>")
    def attachment(number: int, place: int) -> Response:
        attached = _known(letters, number).attachments
        if place >= len(attached):
            abort(404)
        part = attached[place]
        answer = Response(part.get_payload(decode=True), mimetype=_mimetype(part))
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    @app.after_request
    def restrict(answer: Response) -> Response:
        if answer.mimetype == "text/html":
            answer.headers["Content-Security-Policy"] = POLICY
        return answer

    return app


def _known(letters: Letters, number: int) -> Letter:
    letter = letters.get(number)
    if letter is None:
        abort(404)
    return letter


def _mimetype(part: object) -> str:
    """Show what a browser has a viewer for; all else is a file to save."""
    kind = getattr(part, "get_content_type", str)()
    shown = kind in ("application/pdf", "image/png", "image/jpeg", "text/plain")
    return kind if shown else "application/octet-stream"
