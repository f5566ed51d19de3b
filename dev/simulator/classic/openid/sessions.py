"""Codes, tokens and consents: who may still do what."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from joserfc.jwk import KeySet, RSAKey

from ...core import Simulator
from ...records import new_id
from ..settings import ClassicSettings
from .records import (
    Client,
    Code,
    JudgedToken,
    Nonce,
    Person,
    Session,
    SigningKey,
    Token,
)


class SessionBook:
    """The provider's memory; everything single-use is taken under the lock."""

    def __init__(self, simulator: Simulator, settings: ClassicSettings) -> None:
        self._simulator = simulator
        self._settings = settings
        store = simulator.store
        self.clients = store.table(Client)
        self._codes = store.table(Code)
        self._tokens = store.table(Token)
        self._sessions = store.table(Session)
        self._nonces = store.table(Nonce)
        self._keys = store.table(SigningKey)
        self._by_refresh = {
            token.refresh_token: token.access_token for token in self._tokens.all()
        }
        self._key_set: KeySet | None = None

    # keys

    def key_set(self) -> KeySet:
        """The provider's published keys, made at the first start."""
        with self._simulator.store.lock:
            if self._key_set is None:
                if not len(self._keys):
                    self._make_key()
                jwks = [entry.jwk for entry in self._keys.all()]
                self._key_set = KeySet.import_key_set({"keys": jwks})
            return self._key_set

    def signing_keys(self) -> KeySet:
        """The newest key, which signs."""
        return KeySet([self.key_set().keys[-1]])

    def rotate_keys(self, keep_old: bool) -> list[str]:
        """Make the key that signs from now on; return the published kids."""
        with self._simulator.store.lock:
            self.key_set()
            if not keep_old:
                self._keys.clear()
            self._make_key()
            self._key_set = None
            return [entry.kid for entry in self._keys.all()]

    def _make_key(self) -> None:
        kid = new_id()
        key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256", "kid": kid})
        self._keys.put(SigningKey(kid, dict(key.as_dict(private=True))))

    # authorize

    def nonce_was_used(self, nonce: str) -> bool:
        """A nonce works once (section 2)."""
        return self._nonces.get(nonce) is not None

    def use_nonce(self, nonce: str) -> bool:
        """Mark a nonce as used; False when it was already."""
        with self._simulator.store.lock:
            if self.nonce_was_used(nonce):
                return False
            self._nonces.put(Nonce(nonce))
        return True

    def save_code(self, code: str, person: Person, client: Client, asked: Any) -> None:
        """Keep an authorization code; ``asked`` holds the authorize request."""
        life = timedelta(seconds=self._settings.code_seconds)
        self._codes.put(
            Code(
                code=code,
                client_id=client.client_id,
                redirect_uri=asked["redirect_uri"],
                scope=client.get_allowed_scope(asked["scope"]),
                nonce=asked["nonce"],
                username=person.username,
                merchant_id=person.merchant_id,
                merchant_vat=person.merchant_vat,
                session_id=new_id(),
                code_challenge=asked["code_challenge"],
                code_challenge_method=asked["code_challenge_method"],
                auth_time=int(time.time()),
                expires_at=self._simulator.clock.now() + life,
            )
        )

    # token endpoint

    def take_code(self, value: str, client: Client) -> Code | None:
        """Take a code, once; a second use ends the session it began."""
        with self._simulator.store.lock:
            code = self._codes.get(value)
            if code is None or code.client_id != client.client_id:
                return None
            if code.is_used:
                self._end(self._sessions.get(code.session_id), "code used twice")
                return None
            code.is_used = True
            self._codes.put(code)
        return code if code.expires_at > self._simulator.clock.now() else None

    def take_refresh_token(self, value: str, client: Client) -> Token | None:
        """Take a refresh token, once; it must belong to a living session."""
        with self._simulator.store.lock:
            token = self._tokens.get(self._by_refresh.get(value))
            if token is None or token.client_id != client.client_id:
                return None
            session = self._sessions.one(token.session_id)
            if token.is_refresh_used:
                self._note_reuse(session)
                return None
            if session.ended_at or token.refresh_expires_at <= self._now():
                return None
            token.is_refresh_used = True
            self._tokens.put(token)
        return token

    def start(self, code: Code) -> Session:
        """A code was exchanged: the merchant's consent begins."""
        with self._simulator.store.lock:
            if self._settings.new_flow_ends_earlier:
                self.end_all(code.merchant_id, "a later OpenID flow")
            return self._sessions.put(
                Session(
                    id=code.session_id,
                    client_id=code.client_id,
                    merchant_id=code.merchant_id,
                    merchant_vat=code.merchant_vat,
                    username=code.username,
                    scope=code.scope,
                    started_at=self._now(),
                )
            )

    def adopt(self, token: dict[str, Any], session: Session) -> None:
        """Keep a token that was issued without the flow (control endpoints)."""
        self._sessions.put(session)
        self.save_token(token, session)

    def session(self, session_id: str) -> Session:
        """The session with this id."""
        return self._sessions.one(session_id)

    def save_token(self, token: dict[str, Any], session: Session) -> None:
        """Keep what the token endpoint issued."""
        settings, now = self._settings, self._now()
        record = Token(
            access_token=token["access_token"],
            refresh_token=token.get("refresh_token"),
            client_id=session.client_id,
            session_id=session.id,
            merchant_id=session.merchant_id,
            scope=token["scope"],
            issued_at=now,
            expires_at=now + timedelta(seconds=token["expires_in"]),
            refresh_expires_at=now + timedelta(days=settings.refresh_token_days),
        )
        with self._simulator.store.lock:
            self._tokens.put(record)
            if record.refresh_token:
                self._by_refresh[record.refresh_token] = record.access_token

    # afterwards

    def judge(self, access_token: str) -> JudgedToken | None:
        """An access token as it is now; None for one never issued."""
        token = self._tokens.get(access_token)
        if token is None:
            return None
        session = self._sessions.one(token.session_id)
        is_expired = token.expires_at <= self._now()
        return JudgedToken(token, is_expired, session.ended_at is not None)

    def find_token(self, value: str) -> Token | None:
        """The token with this access token or refresh token."""
        return self._tokens.get(value) or self._tokens.get(self._by_refresh.get(value))

    def of_merchant(self, merchant_id: str) -> list[Session]:
        """All sessions of a merchant, ended ones too."""
        return self._sessions.find(merchant_id=merchant_id)

    def all(self) -> list[Session]:
        """All sessions."""
        return self._sessions.all()

    def end(self, session_id: str, reason: str) -> None:
        """End one session: its tokens are worth nothing any more."""
        self._end(self._sessions.get(session_id), reason)

    def end_all(self, merchant_id: str, reason: str) -> int:
        """End all sessions of a merchant; return how many were alive."""
        alive = [s for s in self.of_merchant(merchant_id) if not s.ended_at]
        for session in alive:
            self._end(session, reason)
        return len(alive)

    def clear(self) -> None:
        """Forget codes, tokens, sessions and nonces; keep clients and keys."""
        with self._simulator.store.lock:
            for table in (self._codes, self._tokens, self._sessions, self._nonces):
                table.clear()
            self._by_refresh.clear()

    def _now(self) -> Any:
        return self._simulator.clock.now()

    def _note_reuse(self, session: Session) -> None:
        self._simulator.journal.count("openid", "refresh tokens used again")
        if self._settings.reused_refresh_token_ends_session:
            self._end(session, "refresh token used again")

    def _end(self, session: Session | None, reason: str) -> None:
        with self._simulator.store.lock:
            if session and not session.ended_at:
                session.ended_at = self._now()
                session.ended_by = reason
                self._sessions.put(session)
