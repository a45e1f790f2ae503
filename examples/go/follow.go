// Follows the changes of a Docker Swarm and prints each as one line of JSON.
//
//	go mod init follow && ./generate.sh && go mod tidy && go build
//	./follow localhost:50051
//	./follow --from-oldest --change node_role_changed localhost:50051
//	./follow --cursor-file /var/lib/mine/cursor localhost:50051   # continues there after a restart
//	./follow --subscription mine localhost:50051                  # the collector keeps the place
//	./follow --ca ca.crt --cert client.crt --key client.key --token-file token manager1.example:50051
//
// An example to copy, complete in what a subscriber must do: it keeps the cursor of the last message that it handled,
// subscribes again after it when the connection is lost (waiting longer each time), takes the connection for lost when
// three progress messages are missing, drops events that it has seen, and tells when changes were lost.
//
// Standard output: {"event": {...}} and {"gap": "GAP_REASON_..."}. Standard error: what happens to the connection.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	swarmbell "follow/swarmbell/v1"
)

const rememberedEvents = 10000

var asInProtos = protojson.MarshalOptions{UseProtoNames: true}

type texts []string

func (t *texts) String() string         { return strings.Join(*t, ",") }
func (t *texts) Set(value string) error { *t = append(*t, value); return nil }

var (
	fromOldest   = flag.Bool("from-oldest", false, "start with the oldest change still held")
	cursorFile   = flag.String("cursor-file", "", "a `file` that keeps how far this program came")
	subscription = flag.String("subscription", "", "a `name` under which the collector keeps that")
	maxEvents    = flag.Int("max-events", -1, "end after so many `events`")
	tokenFile    = flag.String("token-file", "", "a `file` with the token (else SWARMBELL_AUTH_TOKEN)")
	useTLS       = flag.Bool("tls", false, "TLS with the system's authorities")
	caFile       = flag.String("ca", "", "the collector's authority, PEM")
	certFile     = flag.String("cert", "", "the client's certificate, PEM")
	keyFile      = flag.String("key", "", "its key, PEM")
	kinds        texts
	changes      texts
)

type follower struct {
	client   swarmbell.ChangeFeedServiceClient
	request  *swarmbell.SubscribeRequest
	token    string
	left     int // events to print, without end if negative
	failures int
	seen     map[string]bool
	order    []string // of what was seen
}

// withToken adds the token to a call.
func (f *follower) withToken(ctx context.Context) context.Context {
	if f.token == "" {
		return ctx
	}
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+f.token)
}

// run follows until enough events came or an error is final.
func (f *follower) run() error {
	for {
		err := f.subscribe()
		if f.left == 0 {
			return nil
		}
		switch status.Code(err) {
		case codes.InvalidArgument, codes.Unauthenticated, codes.PermissionDenied, codes.Unimplemented:
			return err
		}
		f.failures++
		longest := 30 * time.Second
		if f.failures < 8 {
			longest = 200 * time.Millisecond << f.failures
		}
		pause := longest/2 + time.Duration(rand.Int63n(int64(longest/2)))
		log.Printf("%v; subscribing again in %v", err, pause.Round(100*time.Millisecond))
		time.Sleep(pause)
	}
}

// subscribe makes one call, and reads it until it ends or enough has been printed.
func (f *follower) subscribe() error {
	ctx, cancel := context.WithCancel(f.withToken(context.Background()))
	defer cancel()
	silence := 30 * time.Second
	watchdog := time.AfterFunc(silence, cancel)
	defer watchdog.Stop()
	stream, err := f.client.Subscribe(ctx, f.request)
	if err != nil {
		return err
	}
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return errors.New("the collector ended the stream")
		}
		if err != nil {
			return err
		}
		if opened := response.GetOpened(); opened != nil {
			if interval := opened.GetProgressInterval().AsDuration(); interval > 0 {
				silence = 3 * interval
			}
			f.failures = 0
			log.Printf("subscribed after sequence %d", response.GetCursor().GetSequence())
		}
		watchdog.Reset(silence)
		f.handle(response)
		if err := f.goOnAfter(response); err != nil || f.left == 0 {
			return err
		}
	}
}

func (f *follower) handle(response *swarmbell.SubscribeResponse) {
	if gap := response.GetGap(); gap != nil {
		printLine("gap", []byte(`"`+gap.GetReason().String()+`"`))
	}
	for _, event := range response.GetChanges().GetEvents() {
		if !f.isNew(event.GetEventId()) {
			continue
		}
		text, err := asInProtos.Marshal(event)
		if err != nil {
			log.Printf("an event cannot be written: %v", err)
			continue
		}
		printLine("event", text)
		if f.left > 0 {
			f.left--
		}
	}
}

// goOnAfter is called once everything in the response is handled: what is not must be sent again.
func (f *follower) goOnAfter(response *swarmbell.SubscribeResponse) error {
	cursor := response.GetCursor()
	f.request.Start = &swarmbell.SubscribeRequest_ResumeAfter{ResumeAfter: cursor}
	if *cursorFile != "" {
		text, err := asInProtos.Marshal(cursor)
		if err != nil {
			return err
		}
		if err := os.WriteFile(*cursorFile+".new", text, 0o600); err != nil {
			return err
		}
		if err := os.Rename(*cursorFile+".new", *cursorFile); err != nil {
			return err
		}
	}
	if *subscription == "" || (response.GetChanges() == nil && response.GetGap() == nil) {
		return nil
	}
	ctx, cancel := context.WithTimeout(f.withToken(context.Background()), 10*time.Second)
	defer cancel()
	_, err := f.client.Acknowledge(ctx, &swarmbell.AcknowledgeRequest{Subscription: *subscription, Cursor: cursor})
	return err
}

func (f *follower) isNew(id string) bool {
	if f.seen[id] {
		return false
	}
	f.seen[id] = true
	f.order = append(f.order, id)
	if len(f.order) > rememberedEvents {
		delete(f.seen, f.order[0])
		f.order = f.order[1:]
	}
	return true
}

func printLine(name string, value json.RawMessage) {
	line, err := json.Marshal(map[string]json.RawMessage{name: value})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

func makeRequest() (*swarmbell.SubscribeRequest, error) {
	request := &swarmbell.SubscribeRequest{SubscriberName: "follow.go", Subscription: *subscription}
	if *fromOldest {
		request.Start = &swarmbell.SubscribeRequest_FromOldest{FromOldest: true}
	}
	if text, err := os.ReadFile(*cursorFile); err == nil {
		cursor := &swarmbell.Cursor{}
		if err := protojson.Unmarshal(text, cursor); err != nil {
			return nil, fmt.Errorf("%s holds no cursor: %w", *cursorFile, err)
		}
		request.Start = &swarmbell.SubscribeRequest_ResumeAfter{ResumeAfter: cursor}
	}
	if len(kinds)+len(changes) > 0 {
		filter := &swarmbell.ChangeFilter{Changes: changes}
		for _, kind := range kinds {
			number := swarmbell.ResourceKind_value["RESOURCE_KIND_"+strings.ToUpper(kind)]
			filter.Kinds = append(filter.Kinds, swarmbell.ResourceKind(number))
		}
		request.Filters = append(request.Filters, filter)
	}
	return request, nil
}

func security() (grpc.DialOption, error) {
	if !*useTLS && *caFile == "" && *certFile == "" {
		// From gRPC 1.34 on also grpc.WithTransportCredentials(insecure.NewCredentials()).
		return grpc.WithInsecure(), nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if *caFile != "" {
		pem, err := os.ReadFile(*caFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", *caFile)
		}
	}
	if *certFile != "" {
		pair, err := tls.LoadX509KeyPair(*certFile, *keyFile)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return grpc.WithTransportCredentials(credentials.NewTLS(config)), nil
}

func readToken() (string, error) {
	if *tokenFile == "" {
		return os.Getenv("SWARMBELL_AUTH_TOKEN"), nil
	}
	text, err := os.ReadFile(*tokenFile)
	return strings.TrimSpace(string(text)), err
}

func follow(target string) error {
	secured, err := security()
	if err != nil {
		return err
	}
	token, err := readToken()
	if err != nil {
		return err
	}
	request, err := makeRequest()
	if err != nil {
		return err
	}
	pauses := backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second}
	connection, err := grpc.Dial(target, secured,
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: pauses, MinConnectTimeout: 5 * time.Second}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 10 * time.Second}))
	if err != nil {
		return err
	}
	defer connection.Close()
	client := swarmbell.NewChangeFeedServiceClient(connection)
	f := &follower{client: client, request: request, token: token, left: *maxEvents, seen: map[string]bool{}}
	return f.run()
}

func main() {
	log.SetFlags(0)
	flag.Var(&kinds, "kind", "only this `kind` of resource: node, service, task, ...; may be repeated")
	flag.Var(&changes, "change", "only this `change`, for example node_role_changed; may be repeated")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: follow [OPTION...] HOST:PORT")
		flag.PrintDefaults()
		os.Exit(2)
	}
	if err := follow(flag.Arg(0)); err != nil {
		log.Fatal(err)
	}
}
