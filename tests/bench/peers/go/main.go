// The same as `bench_read_engine SOCKET read`, as one would write it in Go: lists, and compares all of them.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"reflect"
	"strings"
	"syscall"
	"time"

	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/swarm"
	"github.com/docker/docker/client"
)

type snapshot struct {
	services map[string]swarm.Service
	nodes    map[string]swarm.Node
	tasks    map[string]swarm.Task
}

func read(engine *client.Client) (snapshot, error) {
	found := snapshot{map[string]swarm.Service{}, map[string]swarm.Node{}, map[string]swarm.Task{}}
	services, err := engine.ServiceList(context.Background(), types.ServiceListOptions{})
	if err != nil {
		return found, err
	}
	nodes, err := engine.NodeList(context.Background(), types.NodeListOptions{})
	if err != nil {
		return found, err
	}
	tasks, err := engine.TaskList(context.Background(), types.TaskListOptions{})
	for _, one := range services {
		found.services[one.ID] = one
	}
	for _, one := range nodes {
		found.nodes[one.ID] = one
	}
	for _, one := range tasks {
		found.tasks[one.ID] = one
	}
	return found, err
}

func compare(known, fresh snapshot) (changes int) {
	for id, one := range fresh.services {
		if !reflect.DeepEqual(known.services[id], one) {
			changes++
		}
	}
	for id, one := range fresh.nodes {
		if !reflect.DeepEqual(known.nodes[id], one) {
			changes++
		}
	}
	for id, one := range fresh.tasks {
		if !reflect.DeepEqual(known.tasks[id], one) {
			changes++
		}
	}
	return changes
}

func cpu() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6
}

// In kilobytes; `name` as in /proc/self/status.
func memory(name string) (size int) {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, name) {
			fmt.Sscan(line[len(name):], &size)
		}
	}
	return size
}

func main() {
	engine, err := client.NewClientWithOpts(client.WithHost("unix://"+os.Args[1]), client.WithVersion("1.41"))
	if err != nil {
		log.Fatal(err)
	}
	var known *snapshot
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		before, start := cpu(), time.Now()
		fresh, err := read(engine)
		if err != nil {
			log.Fatal(err)
		}
		changes := 0
		if known != nil {
			changes = compare(*known, fresh)
		}
		known = &fresh
		json.NewEncoder(os.Stdout).Encode(map[string]any{
			"cpu_ms": cpu() - before, "wall_ms": float64(time.Since(start).Microseconds()) / 1e3, "changes": changes,
			"rss_kb": memory("VmRSS:"), "peak_kb": memory("VmHWM:")})
	}
}
