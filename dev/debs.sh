# shellcheck shell=bash
# Debian packages unpacked into a folder of ours. apt works with lists and caches of
# its own, so the machine's apt stays as it is and no rights are needed.

# private_apt FOLDER APT-GET-ARGUMENT...
private_apt() {
    local folder="$1"
    shift
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
    apt-get -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" \
        -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none \
        "$@" </dev/null
}

debian_codename() { (. /etc/os-release && echo "${VERSION_CODENAME:-}"); }

# The URI of Debian's mirror among the machine's own sources: apt reads them
# itself, whatever their form, and says which of them are Debian's.
debian_mirror() {
    local folder="$1" codename="$2"
    # a source of the machine that fails is no reason to give up
    private_apt "$folder" update >/dev/null || true
    # shellcheck disable=SC2016 # apt's own variables
    private_apt "$folder" indextargets \
        --format '$(CREATED_BY) $(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)' |
        awk -v codename="$codename" '$1 == "Packages" && $2 == "Debian" &&
            $3 == codename && $4 == "main" { print $5; exit }'
}

debian_keyring() {
    local file
    for file in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
        [ ! -f "$file" ] || { echo "$file" && return; }
    done
    echo "Debian's keyring is missing: apt-get install debian-archive-keyring"
    return 1
}

# A sources list for Debian's mirror with the suites that are named
# write_sources FOLDER SUITE...
write_sources() {
    local folder="$1" codename mirror keyring suite
    shift
    codename="$(debian_codename)"
    mirror="$(debian_mirror "$folder/machine" "$codename")"
    if [ -z "$mirror" ]; then
        echo "apt's sources on this machine name no mirror of Debian ${codename:-?}"
        return 1
    fi
    keyring="$(debian_keyring)" || { echo "$keyring" && return 1; }
    for suite in "$@"; do
        echo "deb [signed-by=$keyring] $mirror $suite main"
    done >"$folder/sources.list"
}

# apt with nothing but these sources
sourced_apt() {
    local folder="$1"
    shift
    private_apt "$folder/private" -o "Dir::Etc::sourcelist=$folder/sources.list" \
        -o Dir::Etc::sourceparts=- -o Dir::Etc::preferences=- \
        -o Dir::Etc::preferencesparts=- "$@"
}

# fetch_debs FOLDER PACKAGE/SUITE... : unpack packages into FOLDER/root
fetch_debs() {
    local folder="$1" deb suites
    shift
    command -v dpkg-deb >/dev/null || { echo "this is not a Debian machine" && return 1; }
    [ $# -gt 0 ] || { echo "no package to fetch" && return 1; }
    rm -rf "$folder"
    mkdir -p "$folder/debs" "$folder/root"
    mapfile -t suites < <(printf '%s\n' "${@##*/}" | sort -u)
    write_sources "$folder" "${suites[@]}" || return
    sourced_apt "$folder" update || return
    (cd "$folder/debs" && sourced_apt "$folder" download "$@") || return
    for deb in "$folder"/debs/*.deb; do
        dpkg-deb -x "$deb" "$folder/root" || return
    done
}

# needed_packages FOLDER PACKAGE SUITE : the package and all that it depends on, as
# if nothing were installed
needed_packages() {
    local folder="$1.needed"
    rm -rf "$folder"
    mkdir -p "$folder"
    : >"$folder/status"
    write_sources "$folder" "$3" >&2 || return
    sourced_apt "$folder" update >&2 || return
    sourced_apt "$folder" -o "Dir::State::status=$folder/status" \
        --no-install-recommends --simulate install "$2" | awk '$1 == "Inst" { print $2 }'
    rm -rf "$folder"
}
