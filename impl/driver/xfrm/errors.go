package xfrm

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"ikewit/impl/sadb"
)

// explain turns the kernel's number into what it means here. The errno stays in the chain.
func explain(err error) error {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return err
	}
	switch errno {
	case unix.EEXIST:
		return fmt.Errorf("%w (%w)", sadb.ErrExists, err)
	case unix.ESRCH, unix.ENOENT:
		return fmt.Errorf("%w (%w)", sadb.ErrNotFound, err)
	case unix.EPERM:
		return fmt.Errorf("%w: CAP_NET_ADMIN in this namespace is needed", err)
	case unix.EAFNOSUPPORT:
		return fmt.Errorf("%w: this kernel lacks XFRM for this address family", err)
	}
	return err
}

// explainSA says what a kernel means that refuses this SA.
func explainSA(sa *sadb.SA, err error) error {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return err
	}
	unsupported := func(what string) error {
		return fmt.Errorf("%w (%w)", &sadb.UnsupportedError{Driver: "xfrm", What: what}, err)
	}
	switch errno {
	case unix.EPROTONOSUPPORT:
		return unsupported(fmt.Sprintf("%s over %s (kernel module %s)", sa.Proto, family(sa.Dst), moduleOf(sa)))
	case unix.ENOSYS, unix.ENOENT: // no such algorithm, or a part that it is made of is missing
		return unsupported(algorithms(sa))
	case unix.EINVAL:
		return fmt.Errorf("%w (%w)", &sadb.InvalidError{What: sa.String(),
			Why: "the kernel refuses it; look at the key lengths for " + algorithms(sa)}, err)
	}
	return explain(err)
}

func isNotFound(err error) bool { return errors.Is(err, sadb.ErrNotFound) }

func algorithms(sa *sadb.SA) string {
	switch {
	case sa.Cipher != nil && sa.Integrity != nil:
		return "cipher " + sa.Cipher.Name + " with " + sa.Integrity.Name
	case sa.Cipher != nil:
		return "cipher " + sa.Cipher.Name
	case sa.Integrity != nil:
		return "integrity " + sa.Integrity.Name
	}
	return "no algorithm"
}

func moduleOf(sa *sadb.SA) string {
	name := map[sadb.Protocol]string{sadb.ESP: "esp", sadb.AH: "ah", sadb.IPComp: "ipcomp"}[sa.Proto]
	if sa.Dst.Is4() {
		return name + "4"
	}
	return name + "6"
}
