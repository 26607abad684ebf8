//! The kinds that the server knows.

/// apiVersion and kind of a plural.
pub fn of(plural: &str) -> (&'static str, &'static str) {
    match plural {
        "trainingpipelines" => ("podium.dev/v1alpha1", "TrainingPipeline"),
        "hyperparametersweeps" => ("podium.dev/v1alpha1", "HyperparameterSweep"),
        "modelversions" => ("podium.dev/v1alpha1", "ModelVersion"),
        "jobs" => ("batch/v1", "Job"),
        "pods" => ("v1", "Pod"),
        "configmaps" => ("v1", "ConfigMap"),
        "events" => ("v1", "Event"),
        "leases" => ("coordination.k8s.io/v1", "Lease"),
        other => panic!("the server knows no {other}"),
    }
}

/// Whether status is written apart from the rest.
pub fn has_status(plural: &str) -> bool {
    matches!(plural, "trainingpipelines" | "hyperparametersweeps" | "modelversions" | "jobs" | "pods")
}
