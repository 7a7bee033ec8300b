package enginetest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ikewit/impl/alg"
	"ikewit/impl/conn"
	"ikewit/impl/sadb"
)

// A Profile is the policy of one side, in the short words of scripts. It accepts what it offers and
// nothing else. The zero value of a field is what its comment says.
type Profile struct {
	Phase1  string        // "aggressive"; zero: Main Mode
	IKE     []string      // "3des-sha1-modp1024", "aes128-sha256-modp2048"; none: 3des-sha1-modp1024
	ESP     []string      // "aes128-sha1", "null-md5", "des"; none, and no AH: aes128-sha1
	AH      []string      // "sha1"
	Mode    string        // "tunnel" (zero) or "transport"
	PFS     string        // "modp1024"; zero: none
	Local   string        // client: "10.1.0.0/16", "10.1.0.1-10.1.0.9", "10.1.0.7 17 1701"; zero: the end
	Remote  string        //
	ID      string        // own identity "@alice.example"; zero: the address
	PeerID  string        //
	Secret  string        // zero: "secret"
	Life    time.Duration // of IPsec SAs; zero: 1 h
	KB      uint64        // zero: not offered
	IKELife time.Duration // zero: 8 h
	Window  uint32
	Policy  bool   // put policies in
	NATT    string // "on" or "force"; zero: off
	DPD     string // "on": say it and answer; "30s": and ask after so long; zero: off
	Port    uint16 // of UDP, here and there; zero: 500
	Anybody bool   // the peer may be at any address
}

// Connection makes the connection that the profile describes.
func (p Profile) Connection(name string, local, remote netip.Addr) (*conn.Connection, error) {
	c := &conn.Connection{
		Name: name, Local: conn.End{Addr: local, Identity: fqdn(p.ID)}, Remote: conn.End{Addr: remote, Identity: fqdn(p.PeerID)},
		ISAKMP: conn.ISAKMP{Life: orElse(p.IKELife, 8*time.Hour)},
		IPsec: conn.IPsec{
			LifeTime: orElse(p.Life, time.Hour), LifeOctets: p.KB << 10, ReplayWindow: p.Window, InstallPolicy: p.Policy,
		},
	}
	if p.Phase1 == "aggressive" {
		c.ISAKMP.Exchange = conn.AggressiveMode
	}
	c.NATT, _ = conn.NATTByName(orElse(p.NATT, "off"))
	c.Local.Port, c.Remote.Port = p.Port, p.Port
	if p.Anybody {
		c.Remote.Addr = netip.Addr{}
	}
	if c.DPD.On = p.DPD != ""; c.DPD.On && p.DPD != "on" {
		var err error
		if c.DPD.Idle, err = time.ParseDuration(p.DPD); err != nil {
			return nil, err
		}
	}
	var err error
	if c.Local.Client, err = client(p.Local); err == nil {
		c.Remote.Client, err = client(p.Remote)
	}
	if err == nil {
		err = p.addISAKMP(&c.ISAKMP)
	}
	if err == nil {
		err = p.addIPsec(&c.IPsec)
	}
	return c, err
}

// Key is the pre-shared key.
func (p Profile) Key() PSK { return PSK(orElse(p.Secret, "secret")) }

func orElse[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

func (p Profile) addISAKMP(c *conn.ISAKMP) error {
	suites := p.IKE
	if suites == nil {
		suites = []string{"3des-sha1-modp1024"}
	}
	for _, text := range suites {
		words := strings.Split(text, "-")
		if len(words) != 3 {
			return fmt.Errorf("%q is not cipher-hash-group", text)
		}
		cipher, bits, err := cipherOf(words[0])
		o := conn.ISAKMPProposal{
			Cipher: cipher, KeyBits: bits, Hash: alg.HashByName(words[1]), Auth: conn.PreSharedKey, Group: alg.GroupByName(words[2]),
		}
		if err != nil || o.Hash == nil || o.Group == nil {
			return fmt.Errorf("%q has something unknown in it", text)
		}
		c.Offer = append(c.Offer, o)
		c.Accept = append(c.Accept, conn.ISAKMPAccept{
			Ciphers: []conn.CipherSet{setOf(cipher, bits)}, Hashes: []*alg.Hash{o.Hash},
			Auths: []conn.AuthMethod{o.Auth}, Groups: []*alg.Group{o.Group},
		})
	}
	return nil
}

func (p Profile) addIPsec(c *conn.IPsec) error {
	mode := sadb.Tunnel
	if p.Mode == "transport" {
		mode = sadb.Transport
	}
	group := alg.GroupByName(p.PFS)
	if p.PFS != "" && group == nil {
		return fmt.Errorf("no group %q", p.PFS)
	}
	esp := p.ESP
	if esp == nil && p.AH == nil {
		esp = []string{"aes128-sha1"}
	}
	var list []conn.ProtocolProposal
	for _, text := range esp {
		one, two := text, ""
		if i := strings.LastIndexByte(text, '-'); i >= 0 && alg.IntegrityByName(text[i+1:]) != nil {
			one, two = text[:i], text[i+1:]
		}
		cipher, bits, err := cipherOf(one)
		o := conn.ProtocolProposal{Proto: sadb.ESP, Cipher: cipher, KeyBits: bits, Integrity: alg.IntegrityByName(two)}
		if err != nil {
			return fmt.Errorf("%q has something unknown in it", text)
		}
		list = append(list, o)
	}
	for _, text := range p.AH {
		o := conn.ProtocolProposal{Proto: sadb.AH, Integrity: alg.IntegrityByName(text)}
		if o.Integrity == nil {
			return fmt.Errorf("no integrity algorithm %q", text)
		}
		list = append(list, o)
	}
	for _, o := range list {
		c.Offer = append(c.Offer, conn.IPsecProposal{Protocols: []conn.ProtocolProposal{o}, Mode: mode, Group: group})
		a := conn.IPsecAccept{
			Proto: o.Proto, Integrity: []*alg.Integrity{o.Integrity}, Modes: []sadb.Mode{mode}, Groups: []*alg.Group{group},
		}
		if o.Cipher != nil {
			a.Ciphers = []conn.CipherSet{setOf(o.Cipher, o.KeyBits)}
		}
		c.Accept = append(c.Accept, a)
	}
	return nil
}

func setOf(c *alg.Cipher, bits int) conn.CipherSet {
	if bits == 0 {
		return conn.CipherSet{Cipher: c}
	}
	return conn.CipherSet{Cipher: c, KeyBits: []int{bits}}
}

// cipherOf reads "aes128", "3des", "aes-gcm-16:128".
func cipherOf(text string) (*alg.Cipher, int, error) {
	if c := alg.CipherByName(text); c != nil {
		return c, 0, nil
	}
	i := len(text)
	for i > 0 && text[i-1] >= '0' && text[i-1] <= '9' {
		i--
	}
	bits, _ := strconv.Atoi(text[i:])
	c := alg.CipherByName(strings.TrimSuffix(text[:i], ":"))
	if c == nil {
		return nil, 0, fmt.Errorf("no cipher %q", text)
	}
	return c, bits, c.CheckKeyBits(bits)
}

func fqdn(text string) conn.Identity {
	if text == "" {
		return conn.Identity{}
	}
	return conn.Identity{Type: 2, Data: strings.TrimPrefix(text, "@")}
}

// client reads addresses, and perhaps a protocol and a port behind them.
func client(text string) (c conn.Client, err error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return c, nil
	}
	from, to, isRange := strings.Cut(words[0], "-")
	switch {
	case isRange:
		if c.Range.From, err = netip.ParseAddr(from); err == nil {
			c.Range.To, err = netip.ParseAddr(to)
		}
	case strings.Contains(from, "/"):
		var p netip.Prefix
		if p, err = netip.ParsePrefix(from); err == nil {
			c.Range = sadb.RangeOfPrefix(p)
		}
	default:
		var a netip.Addr
		a, err = netip.ParseAddr(from)
		c.Range = sadb.RangeOf(a)
	}
	if err == nil && len(words) == 3 {
		var proto, port uint64
		if proto, err = strconv.ParseUint(words[1], 10, 8); err == nil {
			port, err = strconv.ParseUint(words[2], 10, 16)
		}
		c.Proto, c.Port = uint8(proto), uint16(port)
	}
	return c, err
}
