// Command podsecurity says what the admission of Kubernetes thinks of Pods.
//
// It reads a JSON list of {"level", "metadata", "spec"} and writes a JSON list that holds, for
// each, the list of what policy version latest forbids: "reason (detail)".
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

type question struct {
	Level    string            `json:"level"`
	Metadata metav1.ObjectMeta `json:"metadata"`
	Spec     corev1.PodSpec    `json:"spec"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		log.Fatal(err)
	}
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		log.Fatal(err)
	}
	answers := make([][]string, 0, len(questions))
	for _, asked := range questions {
		level := api.LevelVersion{Level: api.Level(asked.Level), Version: api.LatestVersion()}
		answer := []string{}
		setDefaults(asked.Spec.Volumes)
		for _, result := range evaluator.EvaluatePod(level, &asked.Metadata, &asked.Spec) {
			if !result.Allowed {
				answer = append(answer, fmt.Sprintf("%s (%s)", result.ForbiddenReason, result.ForbiddenDetail))
			}
		}
		answers = append(answers, answer)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

// setDefaults makes an emptyDir of a volume without a source, as the API server does before it
// asks the admission (SetDefaults_Volume).
func setDefaults(volumes []corev1.Volume) {
	for i := range volumes {
		if volumes[i].VolumeSource == (corev1.VolumeSource{}) {
			volumes[i].EmptyDir = &corev1.EmptyDirVolumeSource{}
		}
	}
}
