//! Whether MLflow answers the desk.

use super::*;
use crate::api::conditions::reasons;
use crate::plan::Trouble;
use crate::plan::trials::Contact;

#[test]
fn a_desk_shows_when_mlflow_last_answered_and_the_first_trouble_since() {
    let trouble = |text: &str| Trouble { reason: reasons::TRACKING_UNREACHABLE, message: text.to_owned() };
    let mut office = Office::new(sweep(|_| {}));
    let mut seen = |tell: &dyn Fn(&mut Desk)| {
        tell(&mut office.desk);
        office.desk.view(at(100)).contact
    };
    assert_eq!(seen(&|_| {}), Contact { at: at(0), trouble: None });
    let first = Contact { at: at(20), trouble: Some(trouble("refused")) };
    assert_eq!(seen(&|desk| desk.unheard(&trouble("refused"), at(20))), first);
    let later = Contact { at: at(25), ..first };
    assert_eq!(seen(&|desk| desk.unheard(&trouble("no answer for 5 s"), at(25))), later);
    assert_eq!(seen(&|desk| desk.heard(at(30))), Contact { at: at(30), trouble: None });
}
