//! From the contract's words to those of the tabular library. Every match is exhaustive: a new word does not compile until it means something.

use podium_contract as contract;
use podium_tabular::metric::Average;
use podium_tabular::prepare::{Encoding, Imbalance, Missing, PreparationSpec, Scaling};
use podium_tabular::schema::{DataSpec, Task, TaskSpec};
use podium_tabular::split::{SplitSpec, Strategy};

/// Roles of columns and the stated task.
pub fn data(data: &contract::Data) -> DataSpec {
    DataSpec {
        target: data.target.clone(),
        positive_label: data.positive_label.clone(),
        task: stated_task(data.task),
        exclude: data.exclude.clone(),
        categorical: data.categorical.clone(),
        weight_column: data.weight_column.clone(),
        time_column: data.time_column.clone(),
        group_column: data.group_column.clone(),
    }
}

/// The same with the task that the validate stage pinned.
pub fn pinned_data(stated: &contract::Data, task: contract::Task) -> DataSpec {
    let task = match task {
        contract::Task::BinaryClassification => TaskSpec::BinaryClassification,
        contract::Task::MulticlassClassification => TaskSpec::MulticlassClassification,
        contract::Task::Regression => TaskSpec::Regression,
    };
    DataSpec { task, ..data(stated) }
}

fn stated_task(task: contract::TaskChoice) -> TaskSpec {
    match task {
        contract::TaskChoice::Auto => TaskSpec::Auto,
        contract::TaskChoice::BinaryClassification => TaskSpec::BinaryClassification,
        contract::TaskChoice::MulticlassClassification => TaskSpec::MulticlassClassification,
        contract::TaskChoice::Regression => TaskSpec::Regression,
    }
}

/// The task in the contract's words.
pub const fn task(task: Task) -> contract::Task {
    match task {
        Task::BinaryClassification => contract::Task::BinaryClassification,
        Task::MulticlassClassification => contract::Task::MulticlassClassification,
        Task::Regression => contract::Task::Regression,
    }
}

/// Preparation of features.
pub const fn preparation(preparation: &contract::Preparation) -> PreparationSpec {
    PreparationSpec {
        missing: match preparation.missing {
            contract::Missing::Median => Missing::Median,
            contract::Missing::Mean => Missing::Mean,
            contract::Missing::MostFrequent => Missing::MostFrequent,
        },
        scaling: match preparation.scaling {
            contract::Scaling::Standard => Scaling::Standard,
            contract::Scaling::MinMax => Scaling::MinMax,
            contract::Scaling::Robust => Scaling::Robust,
            contract::Scaling::None => Scaling::None,
        },
        encoding: match preparation.encoding {
            contract::Encoding::OneHot => Encoding::OneHot,
            contract::Encoding::Ordinal => Encoding::Ordinal,
        },
        imbalance: match preparation.imbalance {
            contract::Imbalance::None => Imbalance::None,
            contract::Imbalance::ClassWeight => Imbalance::ClassWeight,
        },
    }
}

/// Holdout and folds.
pub fn split(split: &contract::Split) -> SplitSpec {
    // A count beyond the address space is beyond any table too.
    let gap = usize::try_from(split.gap).unwrap_or(usize::MAX);
    SplitSpec {
        holdout: split.holdout,
        strategy: match split.strategy {
            contract::Strategy::Auto => Strategy::Auto,
            contract::Strategy::Stratified => Strategy::Stratified,
            contract::Strategy::Shuffled => Strategy::Shuffled,
            contract::Strategy::TimeOrdered => Strategy::TimeOrdered { gap },
            contract::Strategy::Group => Strategy::Group,
        },
        folds: split.folds as usize,
        seed: split.seed,
    }
}

/// Average over classes.
pub const fn average(average: contract::Average) -> Average {
    match average {
        contract::Average::Binary => Average::Binary,
        contract::Average::Macro => Average::Macro,
        contract::Average::Weighted => Average::Weighted,
    }
}
