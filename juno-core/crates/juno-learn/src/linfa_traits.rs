//! The learners as linfa knows learners, so that they fit into its data sets, cross validation and metrics.

use linfa::DatasetBase;
use linfa::dataset::{AsSingleTargets, Pr};
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, ArrayBase, Data, Ix2};

use crate::{
    BlendClassifier, BlendClassifierValidParams, ExtraTrees, ExtraTreesValidParams, LearnError, Logistic,
    LogisticValidParams,
};

/// Fits to linfa's data set, and lets linfa ask for probabilities. The weights of a data set count where it has them.
///
/// linfa's way of asking has no room for an error: what cannot be predicted (a row of another width, or with a number that is
/// not finite) gets NaN, which no metric mistakes for a probability. Asked one by one, the model says what is wrong.
macro_rules! for_linfa {
    ($params:ty, $model:ty) => {
        impl<D, T> Fit<ArrayBase<D, Ix2>, T, LearnError> for $params
        where
            D: Data<Elem = f64>,
            T: AsSingleTargets<Elem = bool>,
        {
            type Object = $model;

            fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<$model, LearnError> {
                let labels: Vec<bool> = dataset.targets().as_single_targets().iter().copied().collect();
                let weights: Option<Vec<f64>> =
                    dataset.weights().map(|weights| weights.iter().copied().map(f64::from).collect());
                Self::fit(self, dataset.records().view(), &labels, weights.as_deref())
            }
        }

        impl<D> PredictInplace<ArrayBase<D, Ix2>, Array1<Pr>> for $model
        where
            D: Data<Elem = f64>,
        {
            fn predict_inplace<'a>(&'a self, x: &'a ArrayBase<D, Ix2>, y: &mut Array1<Pr>) {
                for (row, slot) in x.rows().into_iter().zip(y.iter_mut()) {
                    let probability = self.predict(&row.to_vec()).unwrap_or(f64::NAN);
                    *slot = Pr::new_unchecked(probability as f32);
                }
            }

            fn default_target(&self, x: &ArrayBase<D, Ix2>) -> Array1<Pr> {
                Array1::from_elem(x.nrows(), Pr::default())
            }
        }
    };
}

for_linfa!(LogisticValidParams, Logistic);
for_linfa!(ExtraTreesValidParams, ExtraTrees);
for_linfa!(BlendClassifierValidParams, BlendClassifier);

#[cfg(test)]
mod tests {
    use linfa::Dataset;
    use linfa::prelude::{BinaryClassification, Predict};
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn linfa_fits_predicts_and_scores() {
        let x = Array2::from_shape_fn((60, 2), |(row, column)| ((row * (column + 3)) % 17) as f64);
        let labels: Array1<bool> = x.rows().into_iter().map(|row| row[0] > 8.0).collect();
        let dataset = Dataset::new(x.clone(), labels.clone());
        let params = BlendClassifier::params().check().unwrap();
        let model: BlendClassifier = Fit::fit(&params, &dataset).unwrap();
        assert_eq!(model, params.fit(x.view(), &labels.to_vec(), None).unwrap());
        let probabilities: Array1<Pr> = Predict::predict(&model, &x);
        assert!(probabilities.roc(&labels.to_vec()).unwrap().area_under_curve() > 0.99);
    }

    #[test]
    fn weights_count_and_what_cannot_be_predicted_is_no_probability() {
        let x = array![[0.0], [1.0], [2.0], [3.0]];
        let labels = array![false, true, false, true];
        let params = Logistic::params().check().unwrap();
        let plain: Logistic = Fit::fit(&params, &Dataset::new(x.clone(), labels.clone())).unwrap();
        let weighted = Dataset::new(x, labels).with_weights(array![5.0_f32, 1.0, 1.0, 1.0]);
        let weighted: Logistic = Fit::fit(&params, &weighted).unwrap();
        assert!(weighted.intercept() < plain.intercept());
        let wrong: Array1<Pr> = Predict::predict(&plain, &array![[1.0, 2.0], [f64::NAN, 0.0]]);
        assert!(wrong.iter().all(|p| p.is_nan()));
    }
}
