package host

// WriteLimit is the longest packet that Write of a Tunnel takes: a veth pair refuses what is beyond its MTU, a TUN device
// nothing that is an IP packet. 0: there is no limit.
func WriteLimit(t Tunnel) int {
	if v, ok := t.(*vethDevice); ok {
		return v.mtu
	}
	return 0
}
