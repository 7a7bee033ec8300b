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

// explainSA says what a kernel means that refuses this SA: its errno, the attribute that we think it is about, and what to do.
func explainSA(sa *sadb.SA, err error) error {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return err
	}
	unsupported := func(what, do string) error {
		return fmt.Errorf("%w (%w); %s", &sadb.UnsupportedError{Driver: "xfrm", What: what}, err, do)
	}
	switch errno {
	case unix.EPROTONOSUPPORT:
		module := moduleOf(sa)
		return unsupported(fmt.Sprintf("%s over %s (kernel module %s)", sa.Proto, family(sa.Dst), module), "load it: modprobe "+module)
	case unix.ENOSYS, unix.ENOENT: // no such algorithm, or a part that it is made of is missing
		return unsupported(algorithms(sa), "/proc/crypto lists what the kernel has; a module may bring it")
	case unix.ENOPROTOOPT, unix.EOPNOTSUPP:
		return unsupported(modeText(sa), "choose another mode, or load the module of this one (xfrm_user, esp4, esp6)")
	case unix.EINVAL, unix.ERANGE:
		attribute, why := suspect(sa)
		return fmt.Errorf("%w (%w)", &sadb.InvalidError{What: sa.String(), Why: "the kernel refuses it, probably " + attribute + ": " + why}, err)
	case unix.ENOMEM, unix.ENOBUFS:
		return fmt.Errorf("%w: the kernel has no memory for another SA: delete some, or raise net.core.optmem_max", err)
	}
	return explain(err)
}

// Explain says what a kernel means that refuses an action by an errno, as Apply does.
func Explain(a sadb.Action, err error) error {
	switch a := a.(type) {
	case sadb.Add:
		return fmt.Errorf("add %s: %w", a.SA, explainSA(&a.SA, err))
	case sadb.Update:
		return fmt.Errorf("update %s: %w", a.SA, explainSA(&a.SA, err))
	case sadb.AddPolicy:
		return fmt.Errorf("add policy %s: %w", a.Policy, explainPolicy(&a.Policy, err))
	}
	return explain(err)
}

// explainPolicy says what a kernel means that refuses this policy.
func explainPolicy(p *sadb.Policy, err error) error {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return err
	}
	switch errno {
	case unix.EINVAL, unix.ERANGE:
		attribute, why := "the selector of the policy", fmt.Sprintf("look at %s", p.Selector)
		if len(p.Templates) > mostTemplates {
			attribute, why = "XFRMA_TMPL", fmt.Sprintf("%d templates, %d are the most", len(p.Templates), mostTemplates)
		}
		return fmt.Errorf("%w (%w)", &sadb.InvalidError{What: p.String(), Why: "the kernel refuses it, probably " + attribute + ": " + why}, err)
	case unix.ENOMEM, unix.ENOBUFS:
		return fmt.Errorf("%w: the kernel has no memory for another policy: delete some, or raise net.core.optmem_max", err)
	}
	return explain(err)
}

// mostTemplates is XFRM_MAX_DEPTH.
const mostTemplates = 6

// mostWindow is the widest replay window that XFRM keeps, in packets: XFRMA_REPLAY_ESN_MAX octets.
const mostWindow = 4096

// suspect names the attribute that an EINVAL is most likely about: the kernel does not say.
func suspect(sa *sadb.SA) (attribute, why string) {
	switch {
	case sa.ReplayWindow > mostWindow:
		return "XFRMA_REPLAY_ESN_VAL", fmt.Sprintf("a replay window of %d packets, %d is the most", sa.ReplayWindow, mostWindow)
	case sa.ESN && sa.ReplayWindow == 0:
		return "XFRMA_REPLAY_ESN_VAL", "64-bit sequence numbers want a replay window: give one"
	case sa.Encap != (sadb.Encap{}) && sa.Proto != sadb.ESP:
		return "XFRMA_ENCAP", "only ESP travels in UDP"
	case sa.Cipher != nil && sa.Cipher.AEAD():
		return "XFRMA_ALG_AEAD", fmt.Sprintf("look at the key of %s, %d octets with its salt, and its ICV of %d", sa.Cipher.Name, len(sa.CipherKey), sa.Cipher.ICV)
	case sa.Cipher != nil && sa.Cipher.CheckKey(sa.CipherKey) != nil:
		return "XFRMA_ALG_CRYPT", fmt.Sprintf("%v", sa.Cipher.CheckKey(sa.CipherKey))
	case sa.Integrity != nil && sa.Integrity.CheckKeyBits(8*len(sa.AuthKey)) != nil:
		return "XFRMA_ALG_AUTH_TRUNC", fmt.Sprintf("%v", sa.Integrity.CheckKeyBits(8*len(sa.AuthKey)))
	}
	return "the key lengths of XFRMA_ALG_CRYPT and XFRMA_ALG_AUTH_TRUNC", "look at those for " + algorithms(sa)
}

func modeText(sa *sadb.SA) string {
	if sa.Encap != (sadb.Encap{}) {
		return sa.Mode.String() + " mode in UDP (XFRMA_ENCAP)"
	}
	return sa.Mode.String() + " mode for " + sa.Proto.String()
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
