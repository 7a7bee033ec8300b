package guest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A job is what the guest shall run. It travels in the folder that both sides see.
type job struct {
	Command []string
	Dir     string
	Env     []string
}

const (
	jobFile  = ".job.json"
	exitFile = ".exit"
	outMount = "/out" // where the guest sees Config.Out
)

func (j job) write(out string) error {
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, jobFile), text, 0o600)
}

func readJob(out string) (job, error) {
	var j job
	text, err := os.ReadFile(filepath.Join(out, jobFile))
	if err != nil {
		return j, err
	}
	if err := json.Unmarshal(text, &j); err != nil {
		return j, fmt.Errorf("%s: %w", jobFile, err)
	}
	if len(j.Command) == 0 {
		return j, fmt.Errorf("%s names no command", jobFile)
	}
	return j, nil
}

func writeExit(out string, status int) error {
	return os.WriteFile(filepath.Join(out, exitFile), []byte(strconv.Itoa(status)), 0o644)
}

func readExit(out string) (int, error) {
	text, err := os.ReadFile(filepath.Join(out, exitFile))
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}
