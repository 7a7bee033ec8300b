package ipseckey

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"time"
)

// SystemNames asks the resolver of the system. The zero value is ready.
type SystemNames struct {
	known map[netip.Addr]string
}

// namePatience is how long a name server may take for what is only decoration.
const namePatience = 3 * time.Second

// Lookup gives every address of a name.
func (s *SystemNames) Lookup(name string) ([]Found, error) {
	list, err := net.DefaultResolver.LookupNetIP(context.Background(), "ip", name)
	if err != nil {
		return nil, err
	}
	found := make([]Found, len(list))
	for i, a := range list {
		found[i] = Found{FamilyInet6, a}
		if a.Unmap().Is4() {
			found[i].Family = FamilyInet
		}
	}
	return found, nil
}

// Name gives the first name of an address; "" if there is none, or none soon. It asks once.
func (s *SystemNames) Name(a netip.Addr) string {
	if name, ok := s.known[a]; ok {
		return name
	}
	ctx, cancel := context.WithTimeout(context.Background(), namePatience)
	defer cancel()
	name := ""
	if list, err := net.DefaultResolver.LookupAddr(ctx, a.String()); err == nil && len(list) > 0 {
		name = strings.TrimSuffix(list[0], ".")
	}
	if s.known == nil {
		s.known = map[netip.Addr]string{}
	}
	s.known[a] = name
	return name
}
