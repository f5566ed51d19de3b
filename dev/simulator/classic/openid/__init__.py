"""The OpenID provider (contract, section 2), on Authlib's server side."""
