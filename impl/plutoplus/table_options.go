package plutoplus

// An option is one row of the table of options. What its value may be is said in the rules.
type option struct {
	short    string // one letter, or ""
	long     string
	value    string // what the usage text calls the value; "": a flag
	optional bool   // the value may be left out, and follows only as --long=value
	help     string // one line, with the default
}

// The order is that of the usage text. Rules and programs name an option by its letter, or by its long name where it has no letter.
var options = []option{
	{short: "a", long: "auth", value: "alg", help: "authentication: 2 HMAC_MD5, 3 HMAC_SHA; without -e it is AH (default: 2 when -e is not given, else none)"},
	{short: "b", long: "show", value: "bits", help: "more output, a sum of: 1 trace, 2 packets, 4 computed values and keys; --debug and --wit only (default: 0)"},
	{short: "d", long: "dest", value: "address", help: "destination: the peer, or with --wit and -t the host that the SA is for (default: none; --wit needs it)"},
	{short: "e", long: "encr", value: "alg", help: "ESP cipher: 1 DES_IV64, 2 DES, 3 3DES, 4 RC5, 5 IDEA, 7 BLOWFISH, 11 NULL (default: 2 when -a is not given, else none: AH)"},
	{short: "f", long: "pfs", help: "a Diffie-Hellman exchange in phase 2 too: PFS for keys (default: none)"},
	{short: "g", long: "gateway", value: "address", help: "the gateway to negotiate with on behalf of -d; --wit with -t only (default: the value of -d)"},
	{short: "h", long: "help", help: "print this text and exit"},
	{short: "i", long: "initiate", help: "be initiator: one negotiation at start (default: wait for a peer or the kernel)"},
	{short: "k", long: "keylen", value: "octets", help: "ESP key length: RC5 5, 16 or 20, BLOWFISH 5 to 56 (default: RC5 16, BLOWFISH 8)"},
	{short: "l", long: "life", value: "seconds", help: "IPsec SA lifetime (default: 28800)"},
	{short: "m", long: "lifekb", value: "kilobytes", help: "IPsec SA lifetime by volume (default: 32767)"},
	{short: "o", long: "ikelife", value: "seconds", help: "ISAKMP SA lifetime (default: 86400)"},
	{short: "p", long: "port", value: "port", help: "UDP port here and at peers that we call (default: 500)"},
	{short: "r", long: "noreplay", help: "no replay protection in the IPsec SA (default: a window of 32 packets)"},
	{short: "s", long: "sha", help: "SHA as ISAKMP hash (default: MD5)"},
	{short: "t", long: "tunnel", help: "tunnel mode (default: transport mode)"},
	{short: "v", long: "ivlen", value: "octets", help: "IV length of the ESP SA: 0 or 8 (default: 8; NULL: 0)"},
	{short: "3", long: "3des", help: "3DES as ISAKMP cipher (default: DES)"},
	{long: "debug", help: "DEBUG mode: stay in the foreground and say what happens (default: daemon mode)"},
	{long: "wit", help: "WIT DEBUG mode: one negotiation, then exit (default: daemon mode)"},
	{long: "timeout", value: "seconds", help: "--wit: the longest silence of the peer (default: 60)"},
	{long: "hold", value: "seconds", optional: true, help: "--wit: after success stay and carry traffic, as --hold until a signal, as --hold=seconds so long (default: exit)"},
	{long: "secretsfile", value: "path", help: "secrets (default: /etc/isakmp-secrets; --debug: ./isakmp-secrets; --wit: witdir/isakmp-secrets.address, the text of -d)"},
	{long: "witdir", value: "dir", help: "directory of the secrets file of --wit (default: /tmp/wit)"},
	{long: "listen", value: "address", help: "bind only this address (default: all)"},
	{long: "peerport", value: "port", help: "UDP port of the peer (default: the value of -p)"},
	{long: "group", value: "group", help: "Diffie-Hellman group, with -f in phase 2 too: 1 MODP768, 2 MODP1024, 5 MODP1536 (default: 2)"},
	{long: "kernel", value: "stack", help: "where IPsec SAs go: auto, xfrm, user, none, pfkey (the kernel by AF_KEY), or unix:path (ipsecd) (default: auto)"},
	{long: "pfkey", value: "path", help: "serve these SAs to ipseckey and key managers, by PF_KEYv2 on this socket (default: none)"},
	{long: "natt", value: "policy", help: "NAT traversal (RFC 3947): off, on, or force as if there were a NAT before us (default: off)"},
	{long: "foreground", help: "daemon mode without the fork (default: fork)"},
	{long: "version", help: "print the version and exit"},
}

// name is how messages and rules call an option: -a, --wit.
func (o *option) name() string {
	if o.short != "" {
		return "-" + o.short
	}
	return "--" + o.long
}
