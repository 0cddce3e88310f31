// Command modzip writes a module as a module proxy serves it, to be used as GOPROXY=file://<proxy directory>.
//
//	modzip <module directory> <proxy directory> <version>
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: modzip <module directory> <proxy directory> <version>")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "modzip:", err)
		os.Exit(1)
	}
}

func run(source, proxy, version string) error {
	mod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return err
	}
	path := modfile.ModulePath(mod)
	escaped, err := module.EscapePath(path)
	if err != nil {
		return err
	}
	directory := filepath.Join(proxy, escaped, "@v")
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return err
	}
	info, err := json.Marshal(map[string]any{"Version": version, "Time": time.Now().UTC()})
	if err != nil {
		return err
	}
	base := filepath.Join(directory, version)
	if err := errors.Join(
		os.WriteFile(base+".info", info, 0o644),
		os.WriteFile(base+".mod", mod, 0o644),
		os.WriteFile(filepath.Join(directory, "list"), []byte(version+"\n"), 0o644),
	); err != nil {
		return err
	}
	archive, err := os.Create(base + ".zip")
	if err != nil {
		return err
	}
	err = zip.CreateFromDir(archive, module.Version{Path: path, Version: version}, source)
	return errors.Join(err, archive.Close())
}
