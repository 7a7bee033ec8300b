// Package tshark asks Wireshark's dissectors, as a third reading beside the implementation and the judge, what they
// make of a capture of ours: which packets they find malformed, which they could not decrypt, which ICV is wrong.
package tshark

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// ErrMissing says that there is no tshark on this machine.
var ErrMissing = errors.New("tshark is not installed (Debian package tshark)")

// Find gives the path of tshark, or ErrMissing.
func Find() (string, error) {
	path, err := exec.LookPath("tshark")
	if err != nil {
		return "", ErrMissing
	}
	return path, nil
}

// A Reading is what tshark makes of a capture, by frame numbers.
type Reading struct {
	Frames    int
	Malformed []int // "Malformed Packet", or an error that a dissector reports
	Warned    []int // a warning: a gap in sequence numbers, for one
	Encrypted []int // ISAKMP messages with the encryption bit
	Closed    []int // of these: not decrypted
	ESP       []int
	ESPClosed []int // of these: not decrypted
	BadICV    []int
	GoodICV   []int
	Comments  map[int]string
}

// fields are asked for in this order. With several of a kind in a frame, values are joined by ",".
var fields = []string{"frame.number", "_ws.malformed", "_ws.expert.severity", "isakmp.flag_e", "isakmp.version", "isakmp.enc.decrypted", "isakmp.typepayload",
	"esp.spi", "esp.decrypted_data", "esp.protocol", "esp.icv_good", "esp.icv_bad", "frame.comment"}

// Wireshark's severities.
const (
	severityWarning = 6291456
	severityError   = 8388608
)

// Read runs tshark over a capture. configDir is a configuration folder with key tables (capture.Tables.WriteDir), or
// "" for none; that of the user is never looked at.
func Read(pcap, configDir string) (*Reading, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	if configDir == "" {
		if configDir, err = os.MkdirTemp("", "tshark-"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(configDir)
	}
	args := []string{"-n", "-r", pcap, "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=,"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+configDir)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("tshark on %s: %w: %s", pcap, err, strings.TrimSpace(complaint.String()))
	}
	if text := complaint.String(); strings.Contains(text, "_table") || strings.Contains(text, "esp_sa") {
		return nil, fmt.Errorf("tshark takes no table of %s: %s", configDir, strings.TrimSpace(text))
	}
	r := &Reading{Comments: map[int]string{}}
	for _, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		if err := r.line(line); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *Reading) line(line string) error {
	values := strings.SplitN(line, "\t", len(fields))
	if len(values) < len(fields) {
		return fmt.Errorf("tshark says %q: %d columns of %d", line, len(values), len(fields))
	}
	get := func(name string) string {
		for i, f := range fields {
			if f == name {
				return values[i]
			}
		}
		return ""
	}
	n, err := strconv.Atoi(get("frame.number"))
	if err != nil {
		return fmt.Errorf("tshark says %q: %w", line, err)
	}
	r.Frames++
	note := func(list *[]int, yes bool) {
		if yes {
			*list = append(*list, n)
		}
	}
	worst := severity(get("_ws.expert.severity"))
	note(&r.Malformed, get("_ws.malformed") != "" || worst == severityError)
	note(&r.Warned, worst == severityWarning)
	encrypted := strings.Contains(get("isakmp.flag_e"), "1") || strings.Contains(get("isakmp.flag_e"), "True")
	note(&r.Encrypted, encrypted)
	note(&r.Closed, encrypted && get("isakmp.enc.decrypted") == "" && get("isakmp.typepayload") == "")
	esp := get("esp.spi") != ""
	note(&r.ESP, esp)
	note(&r.ESPClosed, esp && get("esp.protocol") == "" && get("esp.decrypted_data") == "")
	note(&r.GoodICV, strings.ContainsAny(get("esp.icv_good"), "1T"))
	note(&r.BadICV, strings.ContainsAny(get("esp.icv_bad"), "1T"))
	if c := get("frame.comment"); c != "" {
		r.Comments[n] = c
	}
	return nil
}

// severity gives the worst of several.
func severity(list string) int {
	worst := 0
	for _, s := range strings.Split(list, ",") {
		if n, err := strconv.Atoi(s); err == nil {
			worst = max(worst, n)
		}
	}
	return worst
}

// Complaints says in words what is wrong with a capture of ours, which tshark must be able to read to the last octet.
func (r *Reading) Complaints() []string {
	var out []string
	for _, row := range []struct {
		what string
		list []int
	}{{"malformed", r.Malformed}, {"encrypted ISAKMP, not opened", r.Closed}, {"ESP, not opened", r.ESPClosed}, {"ICV wrong", r.BadICV}} {
		if len(row.list) > 0 {
			out = append(out, fmt.Sprintf("%s: frames %v", row.what, row.list))
		}
	}
	return out
}
