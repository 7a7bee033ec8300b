package plutoplus

import (
	"fmt"
	"time"
)

// describe gives the option values in force, a line each, for -b 1.
func (o *Options) describe() []string {
	ipsec := "AH"
	if o.Encr != 0 {
		ipsec = espName(o.Encr)
		if o.KeyOctets != 0 {
			ipsec += fmt.Sprintf(" with a key of %d octets", o.KeyOctets)
		}
		ipsec += fmt.Sprintf(", IV of %d octets", o.IVOctets)
	}
	authentication := "none"
	if o.Auth != 0 {
		authentication = authName(o.Auth)
	}
	isakmp := "DES, MD5"
	switch {
	case o.TripleDES && o.SHA:
		isakmp = "3DES, SHA"
	case o.TripleDES:
		isakmp = "3DES, MD5"
	case o.SHA:
		isakmp = "DES, SHA"
	}
	role := "responder"
	if o.Initiate {
		role = "initiator"
	}
	return []string{
		fmt.Sprintf("mode %v, %s", o.Mode, role),
		fmt.Sprintf("destination %s, gateway %s, port %d, peer's port %d", orNone(o.Dest), orNone(o.Gateway), o.Port, o.PeerPort),
		fmt.Sprintf("ISAKMP SA: %s, %s, pre-shared secret, life %d s", isakmp, groupName(o.Group), int(o.ISAKMPLife/time.Second)),
		fmt.Sprintf("IPsec SA: %s, authentication %s, %v mode, PFS %s", ipsec, authentication, o.mode(), onOff(o.PFS)),
		fmt.Sprintf("IPsec SA: life %d s, %d KB, replay protection %s", int(o.Life/time.Second), o.LifeKB, onOff(!o.NoReplay)),
		fmt.Sprintf("secrets from %s", o.SecretsFile),
	}
}

// Obsolete names what the options configure and nobody should trust, each once.
func (o *Options) Obsolete() []string {
	var list []string
	if !o.TripleDES || o.Encr == espDES || o.Encr == espDESIV64 {
		list = append(list, "DES")
	}
	if !o.SHA || o.Auth == 2 {
		list = append(list, "MD5")
	}
	if o.Group == 1 {
		list = append(list, groupName(1))
	}
	return list
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}
