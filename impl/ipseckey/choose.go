package ipseckey

import (
	"fmt"
	"strings"

	"ikewit/impl/driver/pfkey"
)

// Variable names the environment variable that chooses the SA database.
const Variable = "IPSECKEY_SADB"

// unixPrefix stands before the path of a socket.
const unixPrefix = "unix:"

// NeedsRoot reports whether a choice is of the kernel's database.
func NeedsRoot(choice string) bool { return !strings.HasPrefix(choice, unixPrefix) }

// Open opens the SA database that a choice names: unix:PATH the user-space one, xfrm and pfkey those of the kernel; "" the
// first of these two that opens.
func Open(choice string) (Engine, error) { return choose(choice, openXFRM, openKernel) }

func choose(choice string, xfrm, kernel func() (Engine, error)) (Engine, error) {
	switch {
	case choice == "xfrm":
		return xfrm()
	case choice == "pfkey":
		return kernel()
	case strings.HasPrefix(choice, unixPrefix):
		s, err := pfkey.Dial(strings.TrimPrefix(choice, unixPrefix))
		if err != nil {
			return nil, err
		}
		return userSpace{s}, nil
	case choice != "":
		return nil, fmt.Errorf("%s is %q; it may be xfrm, pfkey or unix:PATH", Variable, choice)
	}
	first, why := xfrm()
	if why == nil {
		return first, nil
	}
	second, why2 := kernel()
	if why2 == nil {
		return second, nil
	}
	return nil, fmt.Errorf("no SA database: XFRM: %w; PF_KEY: %w; user space: %s is not set to unix:PATH", why, why2, Variable)
}

// userSpace is a key engine that tells all and keeps all.
type userSpace struct{ *pfkey.Socket }

func (userSpace) Traits() Traits { return Traits{} }

// kernelSocket is Linux's AF_KEY.
type kernelSocket struct{ *pfkey.Socket }

func (kernelSocket) Traits() Traits { return Traits{Kernel: true, Complete: true, Silent: true} }

func openKernel() (Engine, error) {
	s, err := pfkey.DialKernel()
	if err != nil {
		return nil, err
	}
	return kernelSocket{s}, nil
}

var (
	_ Engine = userSpace{}
	_ Engine = kernelSocket{}
	_ Engine = (*viaXFRM)(nil)
	_ Engine = (*watching)(nil)
)
