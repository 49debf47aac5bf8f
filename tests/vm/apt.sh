# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Packages of other Debian releases than this machine's: apt gets them with a state of its own, and checks their signatures as ever.
# Sourced by `bochs`, `headers` and `kernel`.

# The archive of Debian that this machine's apt uses.
mirror() {
	# shellcheck disable=SC2016  # apt's to expand
	apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Label: Debian' | sed -n '1p'
}

# private_apt DIR SUITE...: in DIR, what other releases' packages need. Of this machine's configuration only the ways to the archives hold.
private_apt() {
	local dir=$1 suite mirror
	shift
	mirror=$(mirror)
	mkdir -p "$dir"/{state,cache,none}
	: >"$dir/status"
	for suite; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} $suite main"
	done >"$dir/sources.list"
	cat >"$dir/apt.conf" <<-CONF
		Dir::State "$dir/state";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
		Dir::Etc::Main "$dir/none/apt.conf";
		Dir::Etc::Parts "$dir/none";
		Dir::Etc::SourceList "$dir/sources.list";
		Dir::Etc::SourceParts "$dir/none";
		Dir::Etc::Preferences "$dir/none/preferences";
		Dir::Etc::PreferencesParts "$dir/none";
		APT::Sandbox::User "root";
		APT::Install-Recommends "false";
	CONF
	apt-config dump | grep -E '^Acquire::(https?|Retries|Languages)\b' >>"$dir/apt.conf" || true
}
