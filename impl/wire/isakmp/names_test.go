package isakmp

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// spaces are the types of our numbers, and how each names a number.
var spaces = map[string]func(n uint64) (string, bool){
	"PayloadType":         namesOf(payloadNames),
	"Exchange":            namesOf(exchangeNames),
	"DOI":                 namesOf(doiNames),
	"Situation":           namesOf(situationNames),
	"Protocol":            namesOf(protocolNames),
	"NotifyType":          namesOf(notifyNames),
	"IDType":              namesOf(idTypeNames),
	"CertEncoding":        namesOf(certNames),
	"ESPTransform":        namesOf(espNames),
	"AHTransform":         namesOf(ahNames),
	"IPCOMPTransform":     namesOf(ipcompNames),
	"EncryptionAlgorithm": namesOf(encryptionNames),
	"HashAlgorithm":       namesOf(hashNames),
	"AuthMethod":          namesOf(authMethodNames),
	"Group":               namesOf(groupNames),
	"GroupType":           namesOf(groupTypeNames),
	"LifeType":            namesOf(lifeTypeNames),
	"EncapsulationMode":   namesOf(encapsulationNames),
	"AuthAlgorithm":       namesOf(authAlgorithmNames),
	"ConfigMessage":       namesOf(configNames),
	"P1 AttributeType":    classNamesOf(phase1Classes),
	"P2 AttributeType":    classNamesOf(phase2Classes),
	"AttributeType":       classNamesOf(configClasses),
	"Flags":               func(n uint64) (string, bool) { return "", n == 1 || n == 2 || n == 4 },
}

func namesOf[T ~uint8 | ~uint16 | ~uint32](n numbers[T]) func(uint64) (string, bool) {
	return func(v uint64) (string, bool) { return n.name(T(v)) }
}

func classNamesOf(all classes) func(uint64) (string, bool) {
	return func(v uint64) (string, bool) {
		for _, c := range all {
			if uint64(c.value) == v {
				return c.name, true
			}
		}
		return "", false
	}
}

// Each constant in names_*.go has a row in the table of its type, so that nothing prints as a number
// that we have a word for.
func TestEveryConstantHasAName(t *testing.T) {
	files, err := filepath.Glob("names_*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.CONST {
				continue
			}
			for _, s := range decl.Specs {
				checkConstant(t, s.(*ast.ValueSpec), seen)
			}
		}
	}
	for space := range spaces {
		if seen[space] == 0 {
			t.Errorf("no constant of type %s found", space)
		}
	}
}

// checkConstant looks up one constant of a named type with a number of its own.
func checkConstant(t *testing.T, spec *ast.ValueSpec, seen map[string]int) {
	typ, ok := spec.Type.(*ast.Ident)
	if !ok || len(spec.Values) != 1 || typ.Name == "form" || typ.Name == "Vendor" {
		return
	}
	space, name := typ.Name, spec.Names[0].Name
	if space == "AttributeType" && (strings.HasPrefix(name, "P1") || strings.HasPrefix(name, "P2")) {
		space = name[:2] + " " + space
	}
	literal, ok := spec.Values[0].(*ast.BasicLit)
	if !ok {
		t.Errorf("%s has no number of its own", name)
		return
	}
	n, err := strconv.ParseUint(literal.Value, 0, 32)
	if err != nil {
		t.Fatal(err)
	}
	seen[space]++
	if lookup, ok := spaces[space]; !ok {
		t.Errorf("%s: type %s has no table here", name, space)
	} else if _, ok := lookup(n); !ok {
		t.Errorf("%s = %d has no name", name, n)
	}
}

// No table names a value twice, or two values alike.
func TestTablesHaveNoDuplicates(t *testing.T) {
	checkTable(t, "payload", payloadNames)
	checkTable(t, "exchange", exchangeNames)
	checkTable(t, "DOI", doiNames)
	checkTable(t, "situation", situationNames)
	checkTable(t, "protocol", protocolNames)
	checkTable(t, "notify", notifyNames)
	checkTable(t, "ID type", idTypeNames)
	checkTable(t, "certificate encoding", certNames)
	checkTable(t, "ESP transform", espNames)
	checkTable(t, "AH transform", ahNames)
	checkTable(t, "IPCOMP transform", ipcompNames)
	checkTable(t, "encryption algorithm", encryptionNames)
	checkTable(t, "hash algorithm", hashNames)
	checkTable(t, "authentication method", authMethodNames)
	checkTable(t, "group", groupNames)
	checkTable(t, "group type", groupTypeNames)
	checkTable(t, "life type", lifeTypeNames)
	checkTable(t, "encapsulation mode", encapsulationNames)
	checkTable(t, "authentication algorithm", authAlgorithmNames)
	checkTable(t, "config message", configNames)
	for i, all := range []classes{phase1Classes, phase2Classes, configClasses} {
		var rows numbers[AttributeType]
		for _, c := range all {
			rows = append(rows, struct {
				value AttributeType
				name  string
			}{c.value, c.name})
		}
		checkTable(t, fmt.Sprint("classes ", i), rows)
	}
}

func checkTable[T ~uint8 | ~uint16 | ~uint32](t *testing.T, what string, rows numbers[T]) {
	for i, row := range rows {
		if name, _ := rows.name(row.value); name != row.name {
			t.Errorf("%s %d is %s and %s", what, row.value, name, row.name)
		}
		if v, _ := rows.value(strings.ToLower(row.name)); v != row.value {
			t.Errorf("%s %s is %d and %d", what, row.name, v, row.value)
		}
		if i > 0 && rows[i-1].value >= row.value {
			t.Errorf("%s %d stands behind %d", what, row.value, rows[i-1].value)
		}
	}
}

// What has no name is printed as what it is and its number.
func TestNamesOfTheUnknown(t *testing.T) {
	for want, got := range map[string]fmt.Stringer{
		"payload 200":                  PayloadType(200),
		"exchange 200":                 Exchange(200),
		"DOI 7":                        DOI(7),
		"protocol 200":                 Protocol(200),
		"notify 9000":                  NotifyType(9000),
		"ID type 200":                  IDType(200),
		"certificate encoding 200":     CertEncoding(200),
		"ESP transform 200":            ESPTransform(200),
		"AH transform 200":             AHTransform(200),
		"IPCOMP transform 200":         IPCOMPTransform(200),
		"encryption algorithm 200":     EncryptionAlgorithm(200),
		"hash algorithm 200":           HashAlgorithm(200),
		"authentication method 200":    AuthMethod(200),
		"group 200":                    Group(200),
		"group type 200":               GroupType(200),
		"life type 200":                LifeType(200),
		"encapsulation mode 200":       EncapsulationMode(200),
		"authentication algorithm 200": AuthAlgorithm(200),
		"config message 200":           ConfigMessage(200),
		"attribute 200":                AttributeType(200),
	} {
		if got.String() != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestNamesAndBack(t *testing.T) {
	if n, ok := NotifyByName("NO-PROPOSAL-CHOSEN"); n != 14 || !ok || n.String() != "NO-PROPOSAL-CHOSEN" {
		t.Errorf("NO-PROPOSAL-CHOSEN is %d, %v, %v", n, ok, n)
	}
	if n, ok := NotifyByName("no-proposal-chosen"); n != 14 || !ok {
		t.Errorf("no-proposal-chosen is %d, %v", n, ok)
	}
	if n, ok := NotifyByName("NO-PROPOSAL"); n != 0 || ok {
		t.Errorf("NO-PROPOSAL is %d, %v", n, ok)
	}
	back := map[string]func(string) (uint64, bool){
		"NAT-D":               func(s string) (uint64, bool) { v, ok := PayloadByName(s); return uint64(v), ok },
		"Quick Mode":          func(s string) (uint64, bool) { v, ok := ExchangeByName(s); return uint64(v), ok },
		"PROTO_IPSEC_ESP":     func(s string) (uint64, bool) { v, ok := ProtocolByName(s); return uint64(v), ok },
		"ID_IPV6_ADDR_SUBNET": func(s string) (uint64, bool) { v, ok := IDTypeByName(s); return uint64(v), ok },
		"SPKI Certificate":    func(s string) (uint64, bool) { v, ok := CertEncodingByName(s); return uint64(v), ok },
		"ESP_NULL":            func(s string) (uint64, bool) { v, ok := ESPByName(s); return uint64(v), ok },
		"AH_SHA2-256":         func(s string) (uint64, bool) { v, ok := AHByName(s); return uint64(v), ok },
		"IPCOMP_LZS":          func(s string) (uint64, bool) { v, ok := IPCOMPByName(s); return uint64(v), ok },
		"AES-CBC":             func(s string) (uint64, bool) { v, ok := EncryptionByName(s); return uint64(v), ok },
		"SHA2-512":            func(s string) (uint64, bool) { v, ok := HashByName(s); return uint64(v), ok },
		"RSA signatures":      func(s string) (uint64, bool) { v, ok := AuthMethodByName(s); return uint64(v), ok },
		"modp2048":            func(s string) (uint64, bool) { v, ok := GroupByName(s); return uint64(v), ok },
		"kilobytes":           func(s string) (uint64, bool) { v, ok := LifeTypeByName(s); return uint64(v), ok },
		"Transport":           func(s string) (uint64, bool) { v, ok := EncapsulationByName(s); return uint64(v), ok },
		"KPDK":                func(s string) (uint64, bool) { v, ok := AuthAlgorithmByName(s); return uint64(v), ok },
		"ISAKMP_CFG_ACK":      func(s string) (uint64, bool) { v, ok := ConfigMessageByName(s); return uint64(v), ok },
	}
	want := map[string]uint64{
		"NAT-D": 20, "Quick Mode": 32, "PROTO_IPSEC_ESP": 3, "ID_IPV6_ADDR_SUBNET": 6, "SPKI Certificate": 9, "ESP_NULL": 11,
		"AH_SHA2-256": 5, "IPCOMP_LZS": 3, "AES-CBC": 7, "SHA2-512": 6, "RSA signatures": 3, "modp2048": 14, "kilobytes": 2,
		"Transport": 2, "KPDK": 4, "ISAKMP_CFG_ACK": 4,
	}
	for name, lookup := range back {
		if v, ok := lookup(name); v != want[name] || !ok {
			t.Errorf("%s is %d, %v", name, v, ok)
		}
	}
}

func TestTransformNames(t *testing.T) {
	for _, c := range []struct {
		p    Protocol
		id   uint8
		want string
	}{
		{ProtoISAKMP, 1, "KEY_IKE"},
		{ProtoISAKMP, 2, "transform 2"},
		{ProtoAH, 2, "AH_MD5"},
		{ProtoESP, 3, "ESP_3DES"},
		{ProtoESP, 17, "ESP transform 17"},
		{ProtoIPCOMP, 2, "IPCOMP_DEFLATE"},
		{99, 1, "transform 1"},
	} {
		if got := c.p.TransformName(c.id); got != c.want {
			t.Errorf("%v %d is %q, want %q", c.p, c.id, got, c.want)
		}
	}
}

func TestBitNames(t *testing.T) {
	for want, got := range map[string]fmt.Stringer{
		"none":                          Flags(0),
		"E":                             Encryption,
		"EC":                            Encryption | Commit,
		"A":                             AuthOnly,
		"ECA+0xf8":                      Flags(0xff),
		"+0x80":                         Flags(0x80),
		"situation 0":                   Situation(0),
		"SIT_IDENTITY_ONLY":             SituationIdentityOnly,
		"SIT_SECRECY|SIT_INTEGRITY":     SituationSecrecy | SituationIntegrity,
		"SIT_IDENTITY_ONLY|0x80000008":  SituationIdentityOnly | 0x80000008,
		"0x8":                           Situation(8),
		"INITIAL-CONTACT":               InitialContact,
		"INVALID-PAYLOAD-TYPE":          InvalidPayloadType,
		"X.509 Certificate - Signature": CertX509Signature,
		"UDP-Encapsulated-Tunnel":       ModeUDPTunnel,
		"Revised encryption with RSA":   AuthRevisedRSAEncryption,
		"Identity Protection":           IdentityProtection,
		"XAUTHRespRSARevisedEncryption": AuthXAUTHRespRevisedRSAEncryption,
	} {
		if got.String() != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if !UnequalPayloadLengths.IsError() || Connected.IsError() || InitialContact.IsError() {
		t.Error("an error is taken for a status, or a status for an error")
	}
}
