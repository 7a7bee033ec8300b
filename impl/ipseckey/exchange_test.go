package ipseckey

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ikewit/impl/wire/pfkey"
)

// diagnosticTable is the specification's table of section 8.
const diagnosticTable = `0 No diagnostic
1 Unknown message type
2 Unknown extension type
3 Bad extension length
4 Unknown Security Association type
5 Specific Security Association type needed
6 No Security Association Databases present
7 No extensions needed for message
8 Bad source address family
9 Bad destination address family
10 Bad proxy address family
11 Source/destination address family mismatch
12 Bad source address value
13 Bad destination address value
14 Soft allocations limit more than hard limit
15 Soft bytes limit more than hard limit
16 Soft add expiration time later than hard expiration time
17 Soft use expiration time later than hard expiration time
18 Missing source address
19 Missing destination address
20 Missing SA extension
21 Missing encryption key
22 Missing authentication key
23 Missing SPI range
24 Duplicate source address
25 Duplicate destination address
26 Duplicate SA extension
27 Duplicate encryption key
28 Duplicate authentication key
29 Duplicate SPI range
30 Malformed source address
31 Malformed destination address
32 Malformed SA extension
33 Malformed encryption key
34 Malformed authentication key
35 Malformed SPI range
36 Authentication key not needed
37 Encryption key not needed
38 Proposal extension not needed
39 Supported algorithms extension not needed
40 Unsupported authentication algorithm
41 Unsupported encryption algorithm
42 Invalid SA flags
43 Invalid SA state
44 Bad number of authentication bits
45 Bad number of encryption bits
46 Encryption not supported for this SA type
47 Weak encryption key
48 Weak authentication key
49 Duplicate key management protocol
50 Duplicate key management cookie
51 Unknown diagnostic code
65535 Unknown diagnostic code`

func TestEveryDiagnosticCodeHasItsText(t *testing.T) {
	for _, row := range strings.Split(diagnosticTable, "\n") {
		var code uint16
		fmt.Sscan(row, &code)
		_, words, _ := strings.Cut(row, " ")
		e := &echo{answer: func(m *pfkey.Message) []*pfkey.Message {
			a := answered(m)
			a.Errno, a.Diagnostic = uint8(unix.EINVAL), code
			return []*pfkey.Message{a}
		}}
		r := newRun(t, e, Options{})
		status := r.Command([]string{"delete", "esp", "spi", "0x100", "dst", "10.0.0.2"})
		r.want(t, status, StatusFailed, fmt.Sprintf("ipseckey: One of the entered values is incorrect: Diagnostic code %d: %s.\n", code, words))
	}
}

// refusing answers everything with an errno.
func refusing(errno unix.Errno) *echo {
	return &echo{answer: func(m *pfkey.Message) []*pfkey.Message {
		a := answered(m)
		a.Errno = uint8(errno)
		return []*pfkey.Message{a}
	}}
}

func TestWhatTheSystemRefuses(t *testing.T) {
	for command, want := range map[string]string{
		"delete esp spi 0x100 dst 10.0.0.2": "ipseckey: Operation not permitted.\n",
		"get esp spi 0x100 dst 10.0.0.2":    "ipseckey: Operation not permitted.\n",
		"flush":                             "ipseckey: Operation not permitted.\n",
		"dump":                              "ipseckey: Operation not permitted.\n",
		"save all":                          "ipseckey: Operation not permitted.\n",
		"monitor":                           "ipseckey: Operation not permitted.\n",
	} {
		r := newRun(t, refusing(unix.EPERM), Options{})
		r.want(t, r.Command(strings.Fields(command)), StatusFailed, want)
	}
	r := newRun(t, refusing(unix.EPERM), Options{})
	r.want(t, r.file(t, addAH("0x100")), StatusFailed, "ipseckey: Operation not permitted.\nipseckey: Parse error on line 1.\n")
	r = newRun(t, refusing(unix.EPERM), Options{})
	r.want(t, r.file(t, "update ah spi 0x100 dst 10.0.0.2 hard_bytes 1"), StatusFailed, "ipseckey: Operation not permitted.\nipseckey: Parse error on line 1.\n")
}

// An engine that is silent, or gone, ends the program; also out of a session and out of files within files.
func TestEngineThatDoesNotAnswer(t *testing.T) {
	nothing := func(*pfkey.Message) []*pfkey.Message { return nil }
	for err, want := range map[error]string{
		os.ErrDeadlineExceeded: "ipseckey: Reply message from PF_KEY timed out.\n",
		io.EOF:                 "ipseckey: PF_KEY: EOF\n",
	} {
		for _, command := range []string{"flush", "dump", "save all", "get esp spi 0x100 dst 10.0.0.2"} {
			r := newRun(t, &echo{answer: nothing, err: err}, Options{})
			r.want(t, r.Command(strings.Fields(command)), StatusFailed, want)
			r = newRun(t, &echo{answer: nothing, err: err}, Options{})
			r.want(t, r.file(t, command+"\nflush\n"), StatusFailed, want)
		}
		in := filepath.Join(t.TempDir(), "in")
		os.WriteFile(in, []byte("flush\nflush\n"), 0o600)
		f, _ := os.Open(in)
		r := newRun(t, &echo{answer: nothing, err: err}, Options{})
		r.In = f
		r.want(t, r.Session(), StatusFailed, want)
	}
}

// What is for others is passed over, and so is what cannot be read or was lost.
func TestAnswersOfOthersArePassedOver(t *testing.T) {
	e := &echo{err: os.ErrDeadlineExceeded, answer: func(m *pfkey.Message) []*pfkey.Message {
		other, later, third := answered(m), answered(m), answered(m)
		other.PID++
		later.Seq++
		third.Type = pfkey.Add
		for _, a := range []*pfkey.Message{other, later, third} {
			a.Errno = uint8(unix.EPERM)
		}
		return []*pfkey.Message{other, later, third, {Version: 1}, answered(m)}
	}}
	r := newRun(t, e, Options{})
	r.want(t, r.Command([]string{"flush"}), StatusOK, "")
	if m := e.sent[0]; m.PID != uint32(os.Getpid()) || m.Seq == 0 || m.Type != pfkey.Flush {
		t.Errorf("sent %v", m)
	}
}

// A dump may end with its last SA, or behind it, or with the word that there is nothing.
func TestHowDumpsEnd(t *testing.T) {
	sa := func(m *pfkey.Message, seq uint32) *pfkey.Message {
		a := sample()
		a.Type, a.PID, a.Seq = m.Type, m.PID, seq
		return a
	}
	for name, row := range map[string]struct {
		answer func(m *pfkey.Message) []*pfkey.Message
		want   int
	}{
		"with the last SA": {func(m *pfkey.Message) []*pfkey.Message { return []*pfkey.Message{sa(m, 5), sa(m, 0)} }, 2},
		"behind it": {func(m *pfkey.Message) []*pfkey.Message {
			end := answered(m)
			end.Seq = 0
			return []*pfkey.Message{sa(m, m.Seq), sa(m, m.Seq), end}
		}, 2},
		"nothing, says Linux": {func(m *pfkey.Message) []*pfkey.Message {
			end := answered(m)
			end.Errno = uint8(unix.ENOENT)
			return []*pfkey.Message{end}
		}, 0},
		"others between": {func(m *pfkey.Message) []*pfkey.Message {
			other := sa(m, 0)
			other.PID++
			expire := sample()
			expire.Type, expire.PID = pfkey.Expire, 0
			return []*pfkey.Message{other, expire, sa(m, 0)}
		}, 1},
	} {
		r := newRun(t, &echo{answer: row.answer, err: os.ErrDeadlineExceeded}, Options{Numeric: true})
		r.want(t, r.Command([]string{"dump", "esp"}), StatusOK, "")
		if got := strings.Count(r.stdout.String(), "SADB_ASSOC"); got != row.want {
			t.Errorf("%s: %d SAs, want %d", name, got, row.want)
		}
		if !strings.HasSuffix(r.stdout.String(), "Dump succeeded for SA type 3.\n") {
			t.Errorf("%s: ends with %q", name, r.stdout.String())
		}
	}
}

// A monitor shows what cannot be read as far as it goes, and does not end of it.
func TestMonitorOfOddMessages(t *testing.T) {
	e := &echo{err: io.EOF, answer: func(m *pfkey.Message) []*pfkey.Message { return []*pfkey.Message{answered(m)} }}
	r := newRun(t, e, Options{Numeric: true})
	broken := (&pfkey.Message{Version: pfkey.V2, Type: pfkey.Add, Extensions: []pfkey.Extension{&pfkey.Raw{Which: 1, Body: make([]byte, 4)}}}).Append(nil)
	wrapped := append((&pfkey.Message{Version: pfkey.V2, Type: pfkey.Promisc}).Append(nil), broken...)
	inner := append((&pfkey.Message{Version: pfkey.V2, Type: pfkey.Promisc}).Append(nil), sample().Append(nil)...)
	first := e.answer
	e.answer = func(m *pfkey.Message) []*pfkey.Message {
		list := first(m)
		e.queue = append(e.queue, list[0].Append(nil), broken, wrapped, inner, []byte{1, 2, 3})
		return nil
	}
	r.want(t, r.Command([]string{"monitor"}), StatusFailed, "ipseckey: PF_KEY: EOF\n")
	out := r.stdout.String()
	for want, n := range map[string]int{"Malformed message: ": 3, "type ADD": 2, "type GET": 1, "Read 24 bytes.\n": 1, "Read 40 bytes.\n": 1, "Read 3 bytes.\n": 1, "X_PROMISC": 0} {
		if got := strings.Count(out, want); got != n {
			t.Errorf("%d times %q, want %d:\n%s", got, want, n, out)
		}
	}
}

// Somebody else may have given an SA a name that would be commands in a saved file.
func TestSaveDoesNotWriteOthersCommands(t *testing.T) {
	m := sample()
	m.Extensions = append(m.Extensions,
		&pfkey.Identity{Which: pfkey.ExtIdentitySrc, Type: 2, Name: "a\nflush\n"},
		&pfkey.Identity{Which: pfkey.ExtIdentityDst, Type: 2, Name: `a" flush`})
	text := saved(m, false)
	if strings.Contains(text, "flush") || !strings.Contains(text, "\n# WARNING: an identity of this SA cannot be written as a command.\nadd esp") {
		t.Error(text)
	}
	for _, which := range []pfkey.ExtensionType{pfkey.ExtIdentitySrc, pfkey.ExtIdentityDst} {
		m := sample()
		m.Extensions = append(m.Extensions, &pfkey.Identity{Which: which, Type: 2, Name: "\""})
		if text := saved(m, false); !strings.Contains(text, "# WARNING: an identity") || strings.Contains(text, "idtype") {
			t.Errorf("%v: %s", which, text)
		}
	}
	for name, want := range map[string]string{"": `""`, `a\`: `"a\"`, "#": `"#"`, "a b": `"a b"`, "a": "a", "é": "é"} {
		m := sample()
		m.Extensions = append(m.Extensions, &pfkey.Identity{Which: pfkey.ExtIdentitySrc, Type: 2, Name: name})
		if text := saved(m, false); !strings.Contains(text, "\tsrcidtype fqdn "+want+" \\\n") {
			t.Errorf("%q is written as\n%s", name, text)
		}
	}
	m = sample()
	m.Extensions[0] = &pfkey.SA{SPI: 5, State: pfkey.Larval}
	if text := saved(m, false); text != "" {
		t.Errorf("a larval SA is saved: %s", text)
	}
}

// What was saved of any SA gives, when it is read, the messages that make the same SA.
func TestSavedIsReadAsItWas(t *testing.T) {
	names := []string{"plain", "two words", `back\slash`, "#comment", "", "tab\there", "flush"}
	var file strings.Builder
	var want []*pfkey.Message
	for i, n := range names {
		m := sample()
		m.Extensions[0].(*pfkey.SA).SPI += uint32(i)
		m.Extensions = append(m.Extensions, &pfkey.Identity{Which: pfkey.ExtIdentitySrc, Type: pfkey.IdentityType(i), Name: n})
		want = append(want, m)
		file.WriteString(saved(m, false))
	}
	e := &echo{answer: func(m *pfkey.Message) []*pfkey.Message { return []*pfkey.Message{answered(m)} }}
	r := newRun(t, e, Options{})
	r.want(t, r.file(t, file.String()), StatusOK, "")
	if len(e.sent) != len(want) {
		t.Fatalf("%d messages, want %d", len(e.sent), len(want))
	}
	for i, m := range e.sent {
		again := saved(m, false)
		if again != saved(want[i], false) {
			t.Errorf("%q: got\n%s\nwant\n%s", names[i], again, saved(want[i], false))
		}
	}
}

// Keys are for the owner of a saved file alone, whatever the process's mask.
func TestSavedFilesArePrivate(t *testing.T) {
	r := newRun(t, newEngine(t, nil), Options{})
	path := filepath.Join(t.TempDir(), "saved")
	r.want(t, r.Save(path), StatusOK, "")
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o400 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
