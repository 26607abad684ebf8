// A trial as a user may write it: reads its parameter in each way that it is told, logs to the MLflow run that it is
// given, spells the parameter in its own way, and closes the run itself, as MLflow's client does.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

func fail(reason any) {
	fmt.Fprintln(os.Stderr, "Traceback: somewhere\n", reason)
	os.Exit(3)
}

func post(path string, body map[string]any) {
	body["run_id"] = os.Getenv("MLFLOW_RUN_ID")
	text, _ := json.Marshal(body)
	answer, err := http.Post(os.Getenv("MLFLOW_TRACKING_URI")+"/api/2.0/mlflow/runs/"+path, "application/json", bytes.NewReader(text))
	if err != nil {
		fail(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		told, _ := io.ReadAll(answer.Body)
		fail(string(told))
	}
}

func parameter() float64 {
	text, err := os.ReadFile(os.Getenv("PODIUM_PARAMETERS_FILE"))
	if err != nil {
		fail(err)
	}
	var parameters map[string]float64
	if err := json.Unmarshal(text, &parameters); err != nil {
		fail(err)
	}
	told, _ := strconv.ParseFloat(os.Getenv("PODIUM_PARAMETER_C"), 64)
	if len(os.Args) != 2 || os.Args[1] != "--c="+os.Getenv("PODIUM_PARAMETER_C") || parameters["C"] != told {
		fail(fmt.Sprint("told in three ways: ", os.Args, told, parameters))
	}
	return told
}

func main() {
	c := parameter()
	if fails := os.Getenv("FAILS"); fails == "all" || fails == os.Getenv("PODIUM_TRIAL_NUMBER") {
		fail("no such column")
	}
	if works, err := time.ParseDuration(os.Getenv("WORKS")); err == nil {
		time.Sleep(works)
	}
	post("log-parameter", map[string]any{"key": "C", "value": fmt.Sprintf("%.3e", c)})
	for step := 1; step <= 3; step++ {
		time.Sleep(300 * time.Millisecond)
		post("log-metric", map[string]any{"key": "loss", "value": c + 1/float64(step), "step": step, "timestamp": time.Now().UnixMilli()})
	}
	post("update", map[string]any{"status": "FINISHED", "end_time": time.Now().UnixMilli()})
}
