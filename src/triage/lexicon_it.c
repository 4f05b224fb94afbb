/* SPDX-License-Identifier: Apache-2.0 */
/* Italian words that say something about a message, folded, by their first letter; what the letters behind "=" mean
 * is in lexicon.c. The words explain a score and are features of it; by themselves they decide nothing. */
#include "triage/lexicon.h"

/* clang-format off */
const char *const lexicon_it[LEXICON_LETTERS] = {
    " abbonamenti=m abbonamento=m accedere=m accesso=m account=m addebitata=m addebitato=m addebito=m "
     "affanculo=i agcom=l aggiornamento=mo agosto=n aiutarmi=r aiutatemi=ur aiuto=ur allora=- "
     "allucinante=a altroconsumo=l ammazzatevi=i ammazzati=i analfabeta=i analfabeti=i anche=- "
     "ancora=- andate=y annullata=p annullato=p antitrust=l app=mo applicazione=o appuntamento=m "
     "aprile=n arrabbiata=a arrabbiati=a arrabbiatissimo=a arrabbiato=a arriva=m arrivare=m "
     "arrivata=mv arrivato=mv articolo=m asini=w asino=w aspettando=p aspetto=pr assicurazione=m "
     "assistenza=m assurda=a assurdo=a attendo=pr attesa=p attivare=m attivazione=m avete=y avvocati=l "
     "avvocato=l ",
    " babbei=i babbeo=i bagagli=m bagaglio=m baldracca=i bastarda=i bastarde=i bastardi=i bastardo=i "
     "batteria=m biglietti=m biglietto=m bisogno=r bloccata=p bloccate=p bloccati=p bloccato=p "
     "bocchinaro=i bolletta=m bollette=m bonifico=m bordello=s branco=y bravi=t bravissima=t "
     "bravissimi=t bravissimo=t brutta=y brutti=y brutto=y buffone=w buffoni=w bugiardi=w bugiardo=w "
     "buona=- buonasera=- buongiorno=- ",
    " cacchio=s cafone=w cafoni=w cagna=w caldaia=m cambiare=m cambio=m cancellata=p cancellato=p "
     "capra=w capre=w carabinieri=l carta=m casino=s causa=- cavolo=s cazzarola=s cazzata=s cazzate=s "
     "cazzi=s cazzo=s cazzone=i cazzoni=i cellulare=m cesso=w che=- chi=q chiamare=m chiamata=md "
     "chiamati=d chiamato=d chiedere=r chiedo=r ci=e ciao=- cliente=m clienti=m codacons=l codice=m "
     "cogliona=i coglionata=s coglionazzo=i coglione=i coglioni=i come=q complimenti=t con=- "
     "consegna=m consegnare=m consegnata=m consegnato=m consegne=m consumatori=l contatore=m "
     "contenta=v contento=v conto=m contratti=m contratto=m cornuti=i cornuto=i corriere=mo cortesia=r "
     "cosa=oq costi=m costo=m credito=m crepa=i crepate=i cretina=i cretine=i cretini=i cretino=i "
     "cristo=s culattone=i culo=s ",
    " dannata=s dannato=s danneggiata=p danneggiato=p dato=d deficiente=i deficienti=i dei=- del=- "
     "della=- delusa=a delusione=a delusissimo=a deluso=a demente=i dementi=i denuncero=l denuncia=l "
     "denunciare=l denunciarvi=l denuncio=l deposito=m desidero=r detto=d devo=r diavolo=s dice=d "
     "dicembre=n dicono=d difettosa=p difettoso=p diffida=l diffido=l disastro=a disastroso=a "
     "disattivare=m disconnesso=p disconnette=p disdetta=m disdetto=m disdico=m disdire=m disgustosa=a "
     "disgustoso=a disponibile=m disponibili=m disponibilita=m dispositivo=m disservizi=p "
     "disservizio=mp ditemi=r documenti=m domani=j domenica=j doppio=p dove=q dovrei=r ",
    " ebete=i ebeti=i eccellente=v email=m emergenza=u ero=e errore=p errori=p esasperata=a "
     "esasperato=a esausta=a esausto=a esposto=l euro=m ",
    " fai=y fammi=r fanculo=i fannullone=w fannulloni=w fantastici=v fantastico=v fate=y fatemi=r "
     "fattura=m fatturazione=m fatture=m favore=r febbraio=n feccia=i federconsumatori=l felice=v "
     "fibra=m figliodiputtana=i filiale=m fottetevi=i fottiti=i fottuta=s fottuto=i frigorifero=m "
     "froci=i frocio=i funziona=pv funzionano=p furibondo=a furiosa=a furioso=a ",
    " garante=l garanzia=m gas=m gennaio=n gentile=v gentilissima=t gentilissimi=t gentilissimo=t "
     "giornata=o giovedi=j giudice=l giugno=n gli=- grandissimi=v grazie=t gridato=d guasta=p guasti=p "
     "guasto=p ",
    " ha=- hai=y handicappati=i handicappato=i ho=- ",
    " idiota=i idiote=i idioti=i ieri=j ignorante=w ignoranti=w il=- imbarazzante=a imbecille=i "
     "imbecilli=i imbroglioni=a immediata=u immediatamente=u immediato=u impiccati=i impossibile=p "
     "inaccettabile=a inaccettabili=a incapace=w incapaci=w incazzare=a incazzata=a incazzati=a "
     "incazzato=a incompetente=w incompetenti=w indecente=a indecenti=a indignata=a indignato=a "
     "inetti=w inetto=w infame=w infami=w informazione=m informazioni=m insopportabile=a "
     "installazione=m insultata=d insultato=d internet=m intollerabile=a io=e ",
    " ",
    " ",
    " la=- ladri=a ladro=a ladroni=a lamentela=p lamentele=p lavatrice=m le=- leccaculo=i legali=l "
     "lei=y linea=mo lo=- login=m luce=m luglio=n lunedi=j lurida=i luridi=i lurido=i ",
    " ma=- madonna=s maggio=n maiale=w maiali=w mail=m maledetta=s maledetti=s maledetto=s "
     "maleducata=w maleducati=w maleducato=w malfunzionamento=p manca=p mancano=p mancante=p "
     "mancanti=p mandata=m mandato=md manica=y mannaggia=s martedi=j marzo=n mensilita=m mercoledi=j "
     "merda=s merde=s merdosa=i merdosi=i merdoso=i mi=e mia=e mignotta=i mignotte=i minacciata=d "
     "minacciato=d minchia=s minchione=i minchioni=i mio=e modem=mo modulo=m molto=- mongoloide=i "
     "mongoloidi=i morite=i muori=i ",
    " negozio=m negra=i negri=i negro=i nel=- nella=- no=- noi=e non=- nostra=e nostro=e notifica=m "
     "novembre=n nullita=w numero=m ",
    " offerta=m offesa=d offeso=d oggi=j ok=- operatore=m operatori=m orari=m orario=m ordinata=m "
     "ordinato=m ordine=m ordini=m orribile=a ottimo=v ottobre=n ",
    " pacchetto=m pacchi=m pacco=m pagamenti=m pagamento=m pagare=m pagata=m pagato=m pagliacci=w "
     "pagliaccio=w palle=s parassita=i parassiti=i password=m peggio=a peggiore=a per=- perche=q "
     "perde=p perfetto=v persa=p persi=p perso=p pessima=a pessimi=a pessimo=a pezzente=i pezzenti=i "
     "pezzo=y pirla=i polizia=l polizza=m porca=s porci=w porco=w porcocane=s portabilita=m possiamo=r "
     "posso=r potete=r potrebbe=r potreste=r pratica=m pratiche=m prego=- prenotare=m prenotato=m "
     "prenotazione=m prezzi=m prezzo=m problema=p problemi=p procura=l prodotti=m prodotto=mo "
     "promozione=m prontamente=u punti=m puo=r puoi=r puttana=s puttanata=s puttanate=s puttane=i ",
    " quale=q quali=q quando=q quanto=q quello=- querela=l querelo=l questa=- questo=- quindi=- ",
    " raggirata=a raggirato=a rata=m rate=m razza=y recchione=i recedere=m recesso=m reclamo=mp resi=m "
     "reso=m restituire=m restituzione=m rete=m ricambio=m ricarica=m ricchione=i ricchioni=i "
     "ricevere=m ricevuta=m ricevuto=mv richiedo=r richiesta=m ridicola=w ridicoli=w ridicolo=w "
     "riesco=p rifiutata=p rifiutato=p rimborsare=m rimborsate=m rimborsatemi=m rimborsato=m "
     "rimborsi=m rimborso=m rincoglionita=i rincoglioniti=i rincoglionito=i ringraziamento=t "
     "ringraziare=t ringraziarla=t ringraziarvi=t ringrazio=t risolta=v risolti=v risolto=v risposto=d "
     "ritardata=i ritardati=i ritardato=i ritardi=p ritardo=p rivoglio=m rivolgo=m roba=o rotta=p "
     "rotte=p rotti=p rotto=p router=m ",
    " sabato=j saldo=m salve=- sbagliata=p sbagliati=p sbagliato=p scaduta=p scaduto=p scandalo=a "
     "scandalosa=a scandaloso=a scema=i scemi=i scemo=i scheda=m schermo=m schifo=a schifosa=i "
     "schifosi=i schifoso=w scollega=p scollegato=p sconto=m scritto=d scrive=d scrivere=d se=- sede=m "
     "segnalazione=m segnale=m sei=y sento=e serve=r servi=w servizio=mo servo=w settembre=n "
     "sfaticati=w sfaticato=w sfigati=i sfigato=i si=- siamo=e siete=y sim=m sinistro=m sistemata=v "
     "sistemato=v sito=mo situazione=o smarrita=p smarrito=p smartphone=m soldi=m sono=e sospesa=p "
     "sospeso=p sostituzione=m sparita=p sparito=p spedire=m spedita=m spedito=m spedizione=m "
     "sportello=m stamattina=j stasera=j stronza=i stronzata=s stronzate=s stronze=i stronzetta=i "
     "stronzetto=i stronzi=i stronzo=i stufa=a stufo=a stupida=w stupide=w stupidi=w stupido=w "
     "subito=u subumani=i subumano=i ",
    " taglia=m taglie=m targa=m tariffa=m te=y tecnici=m tecnico=m telefono=mo televisore=m terrone=i "
     "terroni=i tessera=m testadicazzo=i ti=y ticket=m tracking=m treno=mo tribunale=l troia=i troie=i "
     "truffa=a truffata=p truffato=p truffatore=a truffatori=a tu=y tua=y tuo=y tuoi=y tutto=- ",
    " un=- una=- uno=- urgente=u urgentemente=u urgenti=u urgentissima=u urgentissimo=u urgenza=u "
     "urlato=d utenza=m ",
    " va=y vaffa=i vaffanculo=i vai=y valigia=m veloce=v velocissimi=v venerdi=j vergogna=a "
     "vergognatevi=wy vergognati=w vergognosa=a vergognosi=a vergognoso=a verme=w vermi=w vi=y "
     "visita=m voi=y volevo=r voli=m volo=mo vorrei=r vorremmo=r vostra=y vostre=y vostri=y vostro=y ",
    " ",
    " ",
    " ",
    " zoccola=i zoccole=i ",
};
/* clang-format on */
