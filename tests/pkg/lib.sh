# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# For the suites of this directory: packages of this version and of a higher one, and roots in which they are installed.

readonly NEXT=99.0.0

# The packages, made once for all suites: in build/deb, and of version NEXT in build/pkg/next. Their unit tests run elsewhere, and what is of
# NEXT is compiled in a hurry.
make_packages() {
	mkdir -p build/pkg
	(
		flock 9
		DEB_BUILD_OPTIONS=nocheck make -s deb && { [[ build/pkg/next -nt build/deb/made ]] || make_next; }
	) 9>build/pkg/debs.lock
}

make_next() {
	local copy=build/pkg/next.source
	rm -rf $copy build/pkg/next && mkdir -p build/pkg/next
	dpkg-source -x build/deb/shadow-box_*.dsc $copy || return
	sed -i "s/^\(PACKAGE_VERSION=\).*/\1\"$NEXT\"/" $copy/dkms.conf
	{
		printf 'shadow-box (%s) bookworm; urgency=medium\n\n  * Next.\n\n' $NEXT
		sed -n '/^ -- /{p;q}' debian/changelog
		echo
		cat debian/changelog
	} >$copy/debian/changelog
	(cd $copy && DEB_BUILD_OPTIONS='nocheck noopt noautodbgsym' dpkg-buildpackage -us -uc -b) && mv build/pkg/*_$NEXT*.deb build/pkg/next/ && touch build/pkg/next
	rm -rf $copy build/pkg/*_$NEXT*
}

# The same for rpm: in build/rpm and build/pkg/next-rpm.
make_rpms() {
	mkdir -p build/pkg
	(
		flock 9
		DEB_BUILD_OPTIONS=nocheck make -s rpm && { [[ build/pkg/next-rpm -nt build/rpm/made ]] || make_next_rpm; }
	) 9>build/pkg/rpms.lock
}

make_next_rpm() {
	local top source=shadow-box-$NEXT
	top=$(realpath build/pkg)/rpmbuild
	rm -rf "$top" build/pkg/next-rpm && mkdir -p "$top/SOURCES/$source" build/pkg/next-rpm
	tar -C "$top/SOURCES/$source" -xf build/rpm/SOURCES/*.tar.xz --strip-components=1 || return
	sed -i "s/^\(PACKAGE_VERSION=\).*/\1\"$NEXT\"/" "$top/SOURCES/$source/dkms.conf"
	sed "s/^\(Version: *\).*/\1$NEXT/" rpm/shadow-box.spec >"$top/shadow-box.spec"
	tar -C "$top/SOURCES" -cJf "$top/SOURCES/$source.tar.xz" "$source"
	rpmbuild --define "_topdir $top" --define 'optflags -O0' --nodeps --nocheck -bb "$top/shadow-box.spec" &&
		mv "$top"/RPMS/*/*.rpm build/pkg/next-rpm/ && touch build/pkg/next-rpm
	rm -rf "$top"
}

# install_debs ROOT DIR [OPTION...]: the tool and the module's source from DIR, by apt.
install_debs() {
	# shellcheck disable=SC2016  # the inner shell's to expand
	cp "$2"/shadow-box_*.deb "$2"/shadow-box-dkms_*.deb "$1/tmp/" &&
		tests/pkg/root in "$1" sh -c 'apt-get -qq -y "$@" install /tmp/*.deb; status=$?; rm /tmp/*.deb; exit $status' sh "${@:3}"
}

# make_key DIR: what signs repositories; gpg finds it in DIR from then on.
readonly SIGNER=packages@example.org

make_key() {
	export GNUPGHOME=$1
	mkdir -m 700 "$1" && gpg --batch --quiet --passphrase '' --quick-generate-key "Packages <$SIGNER>" rsa3072 sign never
}

# serve DIR: a web server of this machine has it, at $url, until stop_serving.
serve() {
	local log=$1.server
	python3 -u -m http.server --bind 127.0.0.1 --directory "$1" 0 >"$log" 2>&1 &
	server=$!
	# shellcheck disable=SC2034  # for those who source this
	wait_for 20 grep -q ' port ' "$log" && url=http://127.0.0.1:$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$log")
}

stop_serving() {
	[[ -z ${server:-} ]] || kill "$server"
	[[ -z ${GNUPGHOME:-} ]] || gpgconf --kill all
}

# compiler_of ROOT: the one that its kernels are built with.
compiler_of() { echo "$1"/usr/bin/x86_64-linux-gnu-gcc-[0-9]*; }

# Debian's promtool, unpacked once: in Debian 12 its package brings a server, too, which would be started.
promtool() {
	local dir=build/pkg/promtool package
	package=$(apt-cache search --names-only '^promtool$' | cut -d ' ' -f 1)
	[[ -d $dir ]] || (mkdir -p $dir.new && cd $dir.new && apt-get -qq -o APT::Sandbox::User=root download "${package:-prometheus}" >&2 &&
		dpkg-deb -x ./*.deb . && rm ./*.deb && mv "$OLDPWD/$dir.new" "$OLDPWD/$dir") || return
	realpath $dir/usr/bin/promtool
}
