# shellcheck shell=bash disable=SC2034 # variables for those who source this
# Paths and small helpers shared by the commands in this folder. Source it:
#     . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# cd's echo under CDPATH would end up in the path
unset CDPATH

DEV_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
REPO_DIR="$(cd "$DEV_DIR/.." && pwd -P)"
ADDON_NAME=account_mobilepay

HOME_DIR="${ACCOUNT_MOBILEPAY_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/$ADDON_NAME}"
VENV_DIR="$HOME_DIR/venv"
OCA_DIR="$HOME_DIR/oca"
DEBIAN_ODOO_DIR="$HOME_DIR/odoo"
WKHTMLTOPDF_DIR="$HOME_DIR/wkhtmltopdf"
STAMP_DIR="$HOME_DIR/stamps"
LOG_DIR="$HOME_DIR/log"

# Two checkouts may share one cache folder: each has a link of its own, so that
# a run never loads the other one's code.
CHECKOUT_KEY="$(printf %s "$REPO_DIR" | sha256sum | cut -c1-12)"
ADDONS_DIR="$HOME_DIR/checkouts/$CHECKOUT_KEY"

PYTHON="$VENV_DIR/bin/python"

export ACCOUNT_MOBILEPAY_HOME="$HOME_DIR"
export ACCOUNT_MOBILEPAY_ADDONS="$ADDONS_DIR"
# makes `stack` and `simulator` importable
export PYTHONPATH="$DEV_DIR${PYTHONPATH:+:$PYTHONPATH}"
export PYTHONUNBUFFERED=1
# Odoo comes uncompiled, and some machines forbid Python to keep what it compiles: each
# start of Odoo would compile everything anew. None of it lies in the checkout.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX="$HOME_DIR/pycache"

say() { printf '%s\n' "$*" >&2; }

# die WHAT WHY COMMAND: the last line that a failed command prints
die() {
    say "FAILED: $1: $2. To fix it: $3"
    exit 1
}

# hash_of FILE... : one short hash of the files' contents
hash_of() { cat -- "$@" | sha256sum | cut -c1-16; }

set_up() { "$DEV_DIR/setup" --quiet; }
